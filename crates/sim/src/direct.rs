//! The engine itself.

use fanfold_core::limit::Snapshot;
use fanfold_core::{Effect, Engine, LimiterId};

use fanfold_core::Handle;
use fanfold_core::limit::Block;
use fanfold_core::limit::stats::Stats;

use crate::model::{Limits, Moment};
use crate::turn::{Message, Outcome, Subject, Turn};

/// The engine, called directly.
#[derive(Debug, Default)]
pub struct Direct {
    engine: Engine,
    limits: Limits,
}

impl Direct {
    /// What a task waits for.
    pub fn blocked_by(&mut self, task: Handle) -> Option<(LimiterId, Block)> {
        self.engine.blocked_by(task)
    }

    /// Who is the next of those who wait in a limiter.
    pub fn first(&mut self, limiter: LimiterId) -> Option<Handle> {
        self.engine.first(limiter)
    }
}

impl Direct {
    /// The limits that were told in the last turn, and when.
    pub fn limits(&self) -> Limits {
        self.limits.clone()
    }

    /// What a limiter can tell beyond how it stands.
    pub fn stats(&mut self, limiter: LimiterId) -> Option<Stats> {
        self.engine.stats(limiter)
    }
}

impl Subject for Direct {
    fn fresh() -> Self {
        Self::default()
    }

    fn turn(&mut self, turn: &Turn) -> Outcome {
        let engine = &mut self.engine;
        let mut effects = Vec::new();
        self.limits.clear();
        engine.begin_turn(turn.now);
        let mut answer = None;
        for (number, &message) in turn.messages.iter().enumerate() {
            match message {
                Message::Command(command) => engine.handle(command),
                Message::Try { limiter, task } => answer = Some(engine.try_acquire(limiter, task)),
            }
            while let Some(effect) = engine.poll_effect() {
                if let Effect::Limit { limiter, concurrency } = effect {
                    self.limits.push_back((Moment::Message(number), limiter, concurrency));
                }
                effects.push(effect);
            }
        }
        engine.end_turn(turn.may_start);
        let mut expired = None;
        while let Some(effect) = engine.poll_effect() {
            match effect {
                Effect::Expire { task, .. } => expired = Some(task),
                Effect::Limit { limiter, concurrency } => {
                    self.limits.push_back((Moment::Expired(expired), limiter, concurrency));
                }
                _ => {}
            }
            effects.push(effect);
        }
        Outcome {
            effects,
            answer,
            deadline: engine.deadline().map(|(at, reason)| (at, reason.into())),
            ready: engine.ready(),
            holds: engine.holds(),
        }
    }

    fn snapshot(&mut self, limiter: LimiterId) -> Option<Snapshot> {
        self.engine.snapshot(limiter)
    }

    fn tasks(&self) -> u32 {
        self.engine.tasks()
    }
}
