//! What is kept of a group, whatever its size: two counts.

use super::{GroupOptions, Judgement, Need, Rest};

/// What an outcome brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Wait,
    /// The rest is to be given up on, and no more members to be let in. The verdict comes when those have ended.
    Stop,
    /// This is the verdict. `stop` says whether there is a rest that is to be given up on.
    Decided {
        /// The verdict.
        judgement: Judgement,
        /// Whether the rest is to be given up on.
        stop: bool,
    },
}

/// A group whose verdict is not in.
#[derive(Clone, Debug)]
pub struct Group {
    options: GroupOptions,
    fulfilled: u64,
    rejected: u64,
    /// How many members there are, when no more will come.
    members: Option<u64>,
    /// The verdict, as far as it is clear while the rest is waited for.
    clear: Option<Judgement>,
    stopped: bool,
}

impl Group {
    /// A group without members, which may have what it needs already.
    pub fn new(options: GroupOptions) -> (Self, Step) {
        let mut group = Self { options, fulfilled: 0, rejected: 0, members: None, clear: None, stopped: false };
        let step = group.weigh(None);
        (group, step)
    }

    /// So many members were fulfilled, of whom nobody needs to know who they were.
    pub fn tally(&mut self, fulfilled: u32) -> Step {
        self.fulfilled = self.fulfilled.saturating_add(u64::from(fulfilled));
        self.weigh(None)
    }

    /// A member has ended.
    pub fn settle(&mut self, member: u32, fulfilled: bool) -> Step {
        let count = if fulfilled { &mut self.fulfilled } else { &mut self.rejected };
        *count = count.saturating_add(1);
        self.weigh(Some((member, fulfilled)))
    }

    /// There are so many members, and no more will come. Said again, the last word counts.
    pub fn seal(&mut self, members: u64) -> Step {
        self.members = Some(members);
        self.weigh(None)
    }

    fn weigh(&mut self, last: Option<(u32, bool)>) -> Step {
        let ended = self.members.is_some_and(|members| self.fulfilled.saturating_add(self.rejected) >= members);
        if self.clear.is_none() {
            self.clear = self.judge(last, ended);
        }
        let Some(judgement) = self.clear else { return Step::Wait };
        let waits = match self.options.rest {
            Rest::Abort => false,
            Rest::AbortAndWait => !ended,
            // The end of all is awaited where it is to be told what failed.
            Rest::Continue => !ended && !judgement.fulfilled && self.options.need != Need::First,
        };
        let stop = !ended && !self.stopped && self.options.rest != Rest::Continue;
        if !waits {
            return Step::Decided { judgement, stop };
        }
        self.stopped |= stop;
        if stop { Step::Stop } else { Step::Wait }
    }

    /// The verdict, if it is clear now.
    fn judge(&self, last: Option<(u32, bool)>, ended: bool) -> Option<Judgement> {
        let by = last.map(|(member, _)| member);
        let at_the_end = ended.then_some(Judgement { fulfilled: true, by: None });
        match self.options.need {
            Need::All if self.rejected > 0 => Some(Judgement { fulfilled: false, by }),
            Need::All | Need::Every => at_the_end,
            Need::Some(needed) if self.fulfilled >= u64::from(needed) => Some(Judgement { fulfilled: true, by }),
            Need::Some(needed) => {
                let possible =
                    self.members.is_none_or(|members| members.saturating_sub(self.rejected) >= u64::from(needed));
                (!possible).then_some(Judgement { fulfilled: false, by })
            }
            Need::First => match last {
                Some((member, fulfilled)) => Some(Judgement { fulfilled, by: Some(member) }),
                None if self.fulfilled > 0 => Some(Judgement { fulfilled: true, by: None }),
                // With nobody in it there is no first, and there will be none.
                None => ended.then_some(Judgement { fulfilled: false, by: None }),
            },
        }
    }
}
