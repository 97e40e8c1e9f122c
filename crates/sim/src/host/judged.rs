//! The steps about groups, budgets and retries.

use fanfold_core::{Command, Handle};

use super::{Host, Place, id, pick};
use crate::plan::{Attempt, Party, Pick, Purse, Step};

/// No group of a plan has more members.
const MOST_MEMBERS: u32 = 64;

/// What a host knows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) handle: Handle,
    /// How many members were let in.
    members: u32,
    /// Those that have not ended, a bit each.
    open: u64,
    sealed: bool,
    careless: bool,
}

impl Band {
    /// Lets in so many more, as far as any may come.
    fn join(&mut self, more: u32) {
        for _ in 0..more {
            if self.members < MOST_MEMBERS && (self.careless || !self.sealed) {
                self.open |= 1 << self.members;
                self.members += 1;
            }
        }
    }

    /// Sees that so many have not ended, as far as any may come.
    fn fill(&mut self, wanted: u32) {
        self.join(wanted.saturating_sub(self.open.count_ones()));
    }

    /// One of those who have not ended, who has then.
    fn end(&mut self, at: Pick) -> Option<u32> {
        let open: Vec<u32> = (0..self.members).filter(|member| self.open & (1 << member) != 0).collect();
        let member = pick(&open, at)?;
        self.open &= !(1 << member);
        Some(member)
    }
}

impl Host {
    /// A step about a group, a budget or a call.
    pub(super) fn judge(&mut self, step: Step) {
        match step {
            Step::Retry(attempt) => self.retry(attempt),
            Step::Hold(at) => {
                if let Some(limiter) = self.limiter(at) {
                    let call = self.enter(Place::Waiter);
                    self.places[call.index() as usize] = Place::Call { handle: call, rests: false };
                    self.say(Command::Hold { limiter, call });
                }
            }
            Step::LetGo(at) => {
                if let Some(task) = pick(&self.calls(|_| true), at) {
                    self.say(Command::Cancel { task });
                    self.leave(task);
                    self.let_go.push(task);
                }
            }
            Step::OpenBudget(purse) => self.open_budget(purse),
            Step::FreeBudget(at) => {
                if let Some(budget) = self.budget(at) {
                    self.budgets[budget as usize] = false;
                    self.say(Command::FreeBudget { budget });
                }
            }
            Step::Deposit(at, count) => {
                for _ in 0..count % 16 {
                    if let Some(budget) = self.budget(at) {
                        self.say(Command::Deposit { budget });
                    }
                }
            }
            Step::Gather(party) => self.gather(party),
            Step::Join(at, _) | Step::EndMember(at, ..) | Step::Tally(at, _) | Step::Seal(at, _) => {
                if let Some(mut band) = pick(&self.bands(), at) {
                    self.go_on(&mut band, step);
                    self.places[band.handle.index() as usize] = Place::Group(band);
                }
            }
            Step::Disband(at) => {
                if let Some(Band { handle: group, .. }) = pick(&self.bands(), at) {
                    self.say(Command::Disband { group });
                    self.leave(group);
                }
            }
            _ => {}
        }
    }

    fn retry(&mut self, attempt: Attempt) {
        let budget = attempt.budget.and_then(|at| self.budget(at));
        let awake = attempt.call.and_then(|at| pick(&self.calls(|rests| !rests), at));
        let sleeper = awake.unwrap_or_else(|| self.enter_sleeper());
        if awake.is_some() {
            self.places[sleeper.index() as usize] = Place::Call { handle: sleeper, rests: true };
        }
        let (options, failure) = (attempt.options(), attempt.failure());
        self.say(Command::Retry { sleeper, options, failure, budget, holds: attempt.holds });
    }

    /// The calls that are held, resting or not.
    fn calls(&self, keep: impl Fn(bool) -> bool) -> Vec<Handle> {
        let call = |place: &Place| match *place {
            Place::Call { handle, rests } => keep(rests).then_some(handle),
            _ => None,
        };
        self.places.iter().filter_map(call).collect()
    }

    /// A call rests no longer, if it is one.
    pub(super) fn get_up(&mut self, handle: Handle) -> bool {
        match self.places.get_mut(handle.index() as usize) {
            Some(Place::Call { handle: known, rests }) if *known == handle => {
                *rests = false;
                true
            }
            _ => false,
        }
    }

    fn open_budget(&mut self, purse: Purse) {
        let place = self.budgets.iter().position(|&used| !used).unwrap_or(self.budgets.len());
        if place == self.budgets.len() {
            self.budgets.push(false);
        }
        self.budgets[place] = true;
        self.say(Command::OpenBudget { budget: id(place), options: purse.options() });
    }

    fn gather(&mut self, party: Party) {
        let group = self.enter(Place::Waiter);
        self.say(Command::Gather { group, options: party.options() });
        let careless = party.careless;
        let mut band = Band { handle: group, members: 0, open: 0, sealed: false, careless };
        band.join(u32::from(party.members) % 8);
        if party.sealed {
            self.seal(&mut band, None);
        }
        self.places[group.index() as usize] = Place::Group(band);
    }

    fn go_on(&mut self, band: &mut Band, step: Step) {
        let group = band.handle;
        match step {
            Step::Join(_, more) => band.join(u32::from(more) % 8),
            Step::EndMember(_, which, fulfilled) => {
                band.fill(1);
                if let Some(member) = band.end(which) {
                    self.say(Command::Settled { group, member, fulfilled });
                }
            }
            Step::Tally(_, count) => {
                let count = u32::from(count) % 8;
                band.fill(count);
                let ended = (0..count).map_while(|_| band.end(0)).count();
                self.say(Command::Tally { group, fulfilled: id(ended) });
            }
            Step::Seal(_, number) => self.seal(band, number),
            _ => {}
        }
    }

    /// Says how many members there are, or another number.
    fn seal(&mut self, band: &mut Band, number: Option<u8>) {
        band.sealed = true;
        let members = number.map_or(u64::from(band.members), |number| u64::from(number % 8));
        self.say(Command::Seal { group: band.handle, members });
    }

    /// Whoever was told to stop says how many it let in.
    pub(super) fn seal_stopped(&mut self, group: Handle) {
        if let Some(mut band) = self.bands().into_iter().find(|band| band.handle == group && !band.careless) {
            self.seal(&mut band, None);
            self.places[group.index() as usize] = Place::Group(band);
        }
    }

    fn budget(&self, at: Pick) -> Option<u32> {
        let open: Vec<usize> = (0..self.budgets.len()).filter(|&place| self.budgets[place]).collect();
        pick(&open, at).map(id)
    }

    pub(super) fn bands(&self) -> Vec<Band> {
        let band = |place: &Place| if let Place::Group(band) = *place { Some(band) } else { None };
        self.places.iter().filter_map(band).collect()
    }
}
