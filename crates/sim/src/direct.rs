//! The engine itself.

use fanfold_core::limit::Snapshot;
use fanfold_core::{Engine, LimiterId};

use fanfold_core::Handle;
use fanfold_core::limit::Block;
use fanfold_core::limit::stats::Stats;

use crate::turn::{Message, Outcome, Subject, Turn};

/// The engine, called directly.
#[derive(Debug, Default)]
pub struct Direct(Engine);

impl Direct {
    /// What a task waits for.
    pub fn blocked_by(&mut self, task: Handle) -> Option<(LimiterId, Block)> {
        self.0.blocked_by(task)
    }

    /// Who is the next of those who wait in a limiter.
    pub fn first(&mut self, limiter: LimiterId) -> Option<Handle> {
        self.0.first(limiter)
    }
}

impl Direct {
    /// What a limiter can tell beyond how it stands.
    pub fn stats(&mut self, limiter: LimiterId) -> Option<Stats> {
        self.0.stats(limiter)
    }
}

impl Subject for Direct {
    fn fresh() -> Self {
        Self::default()
    }

    fn turn(&mut self, turn: &Turn) -> Outcome {
        let engine = &mut self.0;
        engine.begin_turn(turn.now);
        let mut answer = None;
        for &message in &turn.messages {
            match message {
                Message::Command(command) => engine.handle(command),
                Message::Try { limiter, task } => answer = Some(engine.try_acquire(limiter, task)),
            }
        }
        engine.end_turn(turn.may_start);
        Outcome {
            effects: core::iter::from_fn(|| engine.poll_effect()).collect(),
            answer,
            deadline: engine.deadline().map(|(at, reason)| (at, reason.into())),
            ready: engine.ready(),
            holds: engine.holds(),
        }
    }

    fn snapshot(&mut self, limiter: LimiterId) -> Option<Snapshot> {
        self.0.snapshot(limiter)
    }

    fn tasks(&self) -> u32 {
        self.0.tasks()
    }
}
