//! A group is stopped once at most, before its verdict; it has one verdict at most, which fits what was told of
//! its members.

use fanfold_core::group::{GroupOptions, Judgement, Need, Rest};
use fanfold_core::{Command, Handle};

#[derive(Clone, Debug)]
struct Watched {
    handle: Handle,
    options: GroupOptions,
    /// Each by its number, as they ended.
    named: Vec<(u32, bool)>,
    /// Those of whom only the number was told.
    unnamed: u64,
    /// The fewest members that it was said to have.
    sealed: Option<u64>,
    stopped: bool,
    decided: bool,
    disbanded: bool,
}

impl Watched {
    fn count(&self, good: bool) -> u64 {
        let named = self.named.iter().filter(|&&(_, fulfilled)| fulfilled == good).count() as u64;
        if good { named + self.unnamed } else { named }
    }

    /// Whether a verdict can be so, for all that was said: some of it may have been said after the verdict.
    fn allows(&self, Judgement { fulfilled, by }: Judgement) -> bool {
        let (good, bad) = (self.count(true), self.count(false));
        let ended = self.sealed.is_some_and(|members| good + bad >= members);
        let because = match (self.options.need, fulfilled) {
            (Need::All | Need::Every, true) => ended && by.is_none(),
            (Need::All, false) => by.is_some() && bad > 0,
            (Need::Every, false) => false,
            (Need::Some(needed), true) => good >= u64::from(needed),
            (Need::Some(needed), false) => self.sealed.is_some_and(|members| members < bad + u64::from(needed)),
            (Need::First, true) => by.is_some() || self.unnamed > 0,
            (Need::First, false) => by.is_some() || self.sealed == Some(0),
        };
        let waited = match self.options.rest {
            Rest::Abort => true,
            Rest::AbortAndWait => ended,
            Rest::Continue => ended || self.options.need != Need::All,
        };
        because && waited && by.is_none_or(|member| self.named.contains(&(member, fulfilled)))
    }
}

/// All groups whose verdict is not in.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(Vec<Watched>);

impl Groups {
    pub(super) fn command(&mut self, command: &Command) {
        match *command {
            Command::Gather { group, options } => self.0.push(Watched {
                handle: group,
                options,
                named: Vec::new(),
                unnamed: 0,
                sealed: None,
                stopped: false,
                decided: false,
                disbanded: false,
            }),
            Command::Settled { group, member, fulfilled } => self.say(group, |it| it.named.push((member, fulfilled))),
            Command::Tally { group, fulfilled } => self.say(group, |it| it.unnamed += u64::from(fulfilled)),
            Command::Seal { group, members } => {
                self.say(group, |it| it.sealed = Some(it.sealed.map_or(members, |fewest| fewest.min(members))));
            }
            Command::Disband { group } => self.say(group, |it| it.disbanded = true),
            _ => {}
        }
    }

    pub(super) fn stop(&mut self, group: Handle) -> Result<(), String> {
        let watched = self.undecided(group)?;
        if watched.stopped || watched.options.rest == Rest::Continue {
            return Err(format!("stopped, though it is {watched:?}"));
        }
        watched.stopped = true;
        Ok(())
    }

    pub(super) fn decide(&mut self, group: Handle, judgement: Judgement) -> Result<(), String> {
        let watched = self.undecided(group)?;
        if !watched.allows(judgement) {
            return Err(format!("{judgement:?} of {watched:?}"));
        }
        watched.decided = true;
        Ok(())
    }

    /// Whether the group with these bits was decided in this turn.
    pub(super) fn is_over(&self, bits: u32) -> bool {
        self.0.iter().any(|watched| watched.handle.bits() == bits && watched.decided)
    }

    pub(super) fn end_turn(&mut self) {
        self.0.retain(|watched| !watched.decided && !watched.disbanded);
    }

    fn say(&mut self, group: Handle, what: impl FnOnce(&mut Watched)) {
        if let Some(watched) = self.0.iter_mut().find(|watched| watched.handle == group) {
            what(watched);
        }
    }

    fn undecided(&mut self, group: Handle) -> Result<&mut Watched, String> {
        let watched = self.0.iter_mut().find(|watched| watched.handle == group && !watched.decided);
        watched.ok_or_else(|| format!("{group:?} is no group, or not any more"))
    }
}
