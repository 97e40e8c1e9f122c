//! No window sees more starts than its limit, and no start comes before its spacing, as somebody counts who only sees
//! functions called.

use fanfold_core::limit::rate::{At, Rule, Shape};
use fanfold_core::{Command, Handle, KeyId, LimiterId, Time};

/// All tasks of a limiter and below, or those of each key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    All,
    Key(Option<KeyId>),
}

/// Something that was counted in a limiter: units of a resource at a moment, by a start.
#[derive(Clone, Copy, Debug)]
struct Counted {
    number: u64,
    /// For the rule of a limiter, or that of a key of it.
    whose: Whose,
    limiter: LimiterId,
    resource: u32,
    at: Time,
    units: u64,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    per_key: bool,
    limiter: LimiterId,
    nth: u32,
    rule: Rule,
    /// Starts up to this number, before it was set where there was none, are not its affair.
    since: u64,
    /// There was a debt, or a limiter was moved: what happened cannot be refused.
    is_void: bool,
    /// The last start and its units. Only of rules that are not of keys.
    last: Option<(Time, u64)>,
}

/// All rules, and what was counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    rules: Vec<Watched>,
    counted: Vec<Counted>,
    count: u64,
    costs: Vec<(Handle, u32, u64)>,
}

impl Windows {
    pub(super) fn command(&mut self, command: &Command) {
        match *command {
            Command::SetRate { limiter, nth, rule } | Command::SetPerKeyRate { limiter, nth, rule } => {
                let per_key = matches!(command, Command::SetPerKeyRate { .. });
                let named = (per_key, limiter, nth);
                let place = self.rules.iter().position(|known| (known.per_key, known.limiter, known.nth) == named);
                match (place, rule) {
                    (Some(place), Some(rule)) => self.rules[place].rule = rule,
                    (Some(place), None) => {
                        self.rules.remove(place);
                    }
                    (None, Some(rule)) => {
                        self.rules.push(Watched {
                            per_key,
                            limiter,
                            nth,
                            rule,
                            since: self.count,
                            is_void: false,
                            last: None,
                        });
                    }
                    (None, None) => {}
                }
            }
            Command::Cost { task, resource, units } => self.costs.push((task, resource, units)),
            // What it took is counted; what it turns out to have cost is not for an observer of calls.
            Command::SettleCost { resource, .. } => {
                self.rules.iter_mut().filter(|it| it.rule.resource == resource).for_each(|known| known.is_void = true);
            }
            Command::Move { .. } => self.rules.iter_mut().for_each(|known| known.is_void = true),
            _ => {}
        }
    }

    pub(super) fn freed(&mut self, limiter: LimiterId) {
        self.rules.retain(|known| known.limiter != limiter);
        self.counted.retain(|counted| counted.limiter != limiter);
    }

    /// A function is called, of a limiter with these above it.
    pub(super) fn count(
        &mut self,
        task: Handle,
        path: &[LimiterId],
        key: Option<KeyId>,
        now: Time,
    ) -> Result<(), String> {
        let is_about = |known: &&mut Watched| {
            if known.per_key { path.first() == Some(&known.limiter) } else { path.contains(&known.limiter) }
        };
        for known in self.rules.iter_mut().filter(is_about) {
            let Watched { limiter, rule, per_key, .. } = *known;
            let whose = if per_key { Whose::Key(key) } else { Whose::All };
            let told =
                self.costs.iter().rev().find(|(other, resource, _)| (*other, *resource) == (task, rule.resource));
            let units = told.map_or(u64::from(rule.resource == 0), |&(.., units)| units);
            self.count += 1;
            let number = self.count;
            self.counted.push(Counted { number, whose, limiter, resource: rule.resource, at: now, units });
            let in_window = self.counted.iter().filter(|counted| {
                (counted.whose, counted.limiter, counted.resource) == (whose, limiter, rule.resource)
                    && counted.number > known.since
                    && counted.at.after(rule.interval) > now
            });
            let seen: u64 = in_window.map(|counted| counted.units).sum();
            if rule.at != At::End && !known.is_void && seen > rule.limit && units > 0 {
                return Err(format!("{task:?} is {seen} of {known:?} in a window: {:?}", self.counted));
            }
            if units > 0 && !per_key {
                spaced(known, now, units).map_err(|wrong| format!("{task:?} {wrong}"))?;
            }
        }
        Ok(())
    }
}

/// Looks whether a start of so many units comes a spacing for each unit of the last one later, to the microsecond.
fn spaced(known: &mut Watched, now: Time, units: u64) -> Result<(), String> {
    let last = known.last.replace((now, units));
    let Some((last, taken)) = last.filter(|_| known.rule.shape == Shape::Smooth && !known.is_void) else {
        return Ok(());
    };
    let (gap, spacing) = (now.since(last).as_micros() * known.rule.limit, taken * known.rule.interval.as_micros());
    if gap + known.rule.limit > spacing { Ok(()) } else { Err(format!("is too early for {known:?}, after {last:?}")) }
}
