//! What has to come out of a turn, and how it is compared with what came.
//!
//! Compared as they come: faults, wakes and the answers to failures, verdicts on groups, closings. Compared whatever their order: how tasks end, idle
//! signals, freed limiters. Room is compared as it stands when the turn is over.

use fanfold_core::{Effect, Handle, KeyId, LimiterId, SignalId, Time};

use crate::turn::{Due, Outcome};

/// The outcome of a turn as the model sees it.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub(super) ends: Vec<Effect>,
    /// And whether there is a next attempt.
    pub(super) wakes: Vec<Effect>,
    pub(super) groups: Vec<Effect>,
    pub(super) closings: Vec<Effect>,
    pub(super) guards: Vec<Effect>,
    pub(super) idle: Vec<SignalId>,
    pub(super) idle_keys: Vec<(LimiterId, KeyId)>,
    pub(super) stuck: Vec<LimiterId>,
    pub(super) freed: Vec<LimiterId>,
    pub(super) faults: Vec<Effect>,
    pub(super) start: Option<Handle>,
    pub(super) answer: Option<bool>,
    pub(super) deadline: Option<(Time, Due)>,
    pub(super) ready: usize,
    pub(super) holds: bool,
    /// Commands that do many things in a row: in the middle a limiter may look stuck that is not in the end.
    pub(super) unsteady: bool,
}

impl Expected {
    /// What is wrong with an outcome, if anything. Gives the limiters that were called stuck in between, which
    /// is only judged where `warnings` can be.
    pub fn compare(&self, outcome: &Outcome, warnings: bool) -> Result<Vec<LimiterId>, String> {
        let effects = &outcome.effects;
        same("faults", &only(effects, |it| matches!(it, Effect::Fault { .. })), &self.faults)?;
        let wakes =
            |it: &Effect| matches!(it, Effect::Wake { .. } | Effect::RetryAfter { .. } | Effect::Exhausted { .. });
        same("wakes and retries", &only(effects, wakes), &self.wakes)?;
        let groups = |it: &Effect| matches!(it, Effect::GroupStop { .. } | Effect::GroupDecided { .. });
        same("groups", &only(effects, groups), &self.groups)?;
        let guards = |it: &Effect| matches!(it, Effect::Breaker { .. } | Effect::Limit { .. });
        same("breakers and limits", &only(effects, guards), &self.guards)?;
        same("closings", &only(effects, |it| matches!(it, Effect::Closed { .. })), &self.closings)?;
        let ends =
            only(effects, |it| matches!(it, Effect::Reject { .. } | Effect::Refuse { .. } | Effect::Expire { .. }));
        same("ends of tasks", &sorted(ends, subject), &sorted(self.ends.clone(), subject))?;
        let idle = effects.iter().filter_map(|it| match it {
            Effect::SignalIdle { signal } => Some(*signal),
            _ => None,
        });
        same("idle signals", &sorted(idle.collect(), |&id| id), &sorted(self.idle.clone(), |&id| id))?;
        let idle = effects.iter().filter_map(|it| match it {
            Effect::KeyIdle { limiter, key } => Some((*limiter, *key)),
            _ => None,
        });
        same("idle keys", &sorted(idle.collect(), |&key| key), &sorted(self.idle_keys.clone(), |&key| key))?;
        let freed = effects.iter().filter_map(|it| match it {
            Effect::LimiterFreed { limiter } => Some(*limiter),
            _ => None,
        });
        same("freed limiters", &sorted(freed.collect(), |&id| id), &sorted(self.freed.clone(), |&id| id))?;
        same("answer", &outcome.answer, &self.answer)?;
        same("deadline", &outcome.deadline, &self.deadline)?;
        same("ready", &(outcome.ready as usize), &self.ready)?;
        same("holds", &outcome.holds, &self.holds)?;
        let start = effects.iter().position(|it| matches!(it, Effect::Start { .. }));
        if start.is_some_and(|place| place + 1 != effects.len()) {
            return Err("a start is not the last effect of its turn".into());
        }
        same("start", &started(outcome), &self.start)?;
        let stuck: Vec<LimiterId> = effects
            .iter()
            .filter_map(|it| match it {
                Effect::NestedFull { limiter } => Some(*limiter),
                _ => None,
            })
            .collect();
        if !warnings {
            return Ok(stuck);
        }
        if let Some(missed) = self.stuck.iter().find(|id| !stuck.contains(id)) {
            return Err(format!("limiter {missed} is stuck and nobody was told"));
        }
        let early: Vec<LimiterId> = stuck.into_iter().filter(|id| !self.stuck.contains(id)).collect();
        match early.first() {
            Some(id) if !self.unsteady => Err(format!("limiter {id} was called stuck and is not")),
            _ => Ok(early),
        }
    }
}

/// What a turn started.
pub(crate) fn started(outcome: &Outcome) -> Option<Handle> {
    match outcome.effects.last() {
        Some(&Effect::Start { task, .. }) => Some(task),
        _ => None,
    }
}

fn same<T: PartialEq + core::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted { Ok(()) } else { Err(format!("{what}: got {got:?}, expected {wanted:?}")) }
}

fn only(effects: &[Effect], keep: impl Fn(&Effect) -> bool) -> Vec<Effect> {
    effects.iter().copied().filter(|effect| keep(effect)).collect()
}

fn sorted<T, K: Ord>(mut values: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    values.sort_by_key(key);
    values
}

/// Expired before rejected, each by handle.
fn subject(effect: &Effect) -> (bool, u32) {
    match effect {
        Effect::Reject { task, .. } | Effect::Refuse { task, .. } => (true, task.bits()),
        Effect::Expire { task, .. } => (false, task.bits()),
        _ => (false, 0),
    }
}
