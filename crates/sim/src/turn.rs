//! One turn: what goes in, what comes out, and who can take it.

use fanfold_core::limit::{LimiterOptions, Snapshot};
use fanfold_core::{Command, DeadlineReason, Effect, Handle, LimiterId, Time};

/// What a host may say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message {
    /// A command.
    Command(Command),
    /// A permit now or not at all: the last message of a turn, since the answer is one word.
    Try {
        /// The limiter.
        limiter: LimiterId,
        /// The permit's handle.
        task: Handle,
    },
}

/// Everything the host says in one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The time.
    pub now: Time,
    /// The messages, in order.
    pub messages: Vec<Message>,
    /// Whether a task may start.
    pub may_start: bool,
}

/// Which kind of deadline is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A task waits for too long.
    Queue,
    /// A task runs for too long.
    Run,
    /// A pause ends.
    Pause,
    /// A grace ends.
    Grace,
    /// A sleep ends.
    Sleep,
    /// A rate lets the next one start.
    Rate,
    /// A key is to be looked at.
    Key,
    /// Nobody is held back any longer, or the next one has its place in the restart.
    HoldBack,
    /// A breaker is half-open.
    HalfOpen,
    /// How late the host comes is looked at.
    Probe,
}

impl From<DeadlineReason> for Due {
    fn from(reason: DeadlineReason) -> Self {
        match reason {
            DeadlineReason::QueueTimeout(_) => Self::Queue,
            DeadlineReason::RunTimeout(_) => Self::Run,
            DeadlineReason::PauseEnd(_) => Self::Pause,
            DeadlineReason::GraceEnd(_) => Self::Grace,
            DeadlineReason::SleepEnd(_) => Self::Sleep,
            DeadlineReason::RateReady(_) => Self::Rate,
            DeadlineReason::KeyReady(_) => Self::Key,
            DeadlineReason::HoldBackEnd(_) => Self::HoldBack,
            DeadlineReason::HalfOpen(_) => Self::HalfOpen,
            DeadlineReason::Probe => Self::Probe,
        }
    }
}

/// Everything that comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The effects, in order.
    pub effects: Vec<Effect>,
    /// The answer, if the last message asked for one.
    pub answer: Option<bool>,
    /// When something is due next, and what.
    pub deadline: Option<(Time, Due)>,
    /// How many tasks wait for a turn that lets them start.
    pub ready: u32,
    /// Whether the host has to stay alive for a deadline.
    pub holds: bool,
}

/// Something that plays the engine's part.
pub trait Subject {
    /// One with no limiters.
    fn fresh() -> Self;
    /// Takes a turn.
    fn turn(&mut self, turn: &Turn) -> Outcome;
    /// How a limiter stands.
    fn snapshot(&mut self, limiter: LimiterId) -> Option<Snapshot>;
    /// How many tasks and waiters it keeps.
    fn tasks(&self) -> u32;
}

/// A limiter without limits of time, for what has to work after anything.
pub const PLAIN: LimiterOptions = LimiterOptions::slots(2);
