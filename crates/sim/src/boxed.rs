//! The engine behind its mailbox: everything goes through words, as a host in another language sends it.

use fanfold_core::limit::Snapshot;
use fanfold_core::{LimiterId, Time};
use fanfold_mailbox::layout::{COMMAND_WORDS, COMMANDS_AT, EFFECTS_AT, command, header};
use fanfold_mailbox::{Mailbox, WORDS};

use crate::turn::{Due, Outcome, Subject, Turn};
use crate::words;

/// A mailbox and its block.
#[derive(Debug)]
pub struct Boxed {
    mailbox: Mailbox,
    block: Vec<u32>,
}

impl Boxed {
    fn word(&self, at: usize) -> u32 {
        self.block.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: usize, value: u32) {
        if let Some(word) = self.block.get_mut(at) {
            *word = value;
        }
    }

    fn float(&self, at: usize) -> f64 {
        f64::from_bits(u64::from(self.word(at)) | (u64::from(self.word(at + 1)) << 32))
    }

    #[expect(clippy::cast_precision_loss, reason = "plans are short: far below 2^53 microseconds")]
    fn set_now(&mut self, now: Time) {
        let [low, high] = words::halves((now.as_micros() as f64 / 1_000.0).to_bits());
        self.set(header::NOW, low);
        self.set(header::NOW + 1, high);
    }

    fn ring(&mut self, commands: &[u32], may_start: bool) {
        assert!(commands.len() <= COMMAND_WORDS, "the commands of a turn fit the ring");
        if let Some(ring) = self.block.get_mut(COMMANDS_AT..COMMANDS_AT + commands.len()) {
            ring.copy_from_slice(commands);
        }
        self.set(header::COMMANDS, u32::try_from(commands.len()).unwrap_or(0));
        self.set(header::STARTS, u32::from(may_start));
        self.mailbox.turn(&mut self.block);
    }

    fn effects(&self) -> &[u32] {
        self.block.get(EFFECTS_AT..EFFECTS_AT + self.word(header::EFFECTS) as usize).unwrap_or_default()
    }
}

impl Subject for Boxed {
    fn fresh() -> Self {
        Self { mailbox: Mailbox::new(), block: vec![0; WORDS] }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that the engine told")]
    fn turn(&mut self, turn: &Turn) -> Outcome {
        self.set_now(turn.now);
        let mut commands = Vec::new();
        let mut asks = false;
        for message in &turn.messages {
            asks |= words::push_message(message, &mut commands);
        }
        self.ring(&commands, turn.may_start);
        // Only the turn with the question answers it.
        let answer = asks.then(|| self.word(header::ANSWER) != 0);
        let mut effects = words::effects(self.effects());
        while self.word(header::MORE) > 0 {
            self.ring(&[], false);
            effects.extend(words::effects(self.effects()));
        }
        let due = match self.word(header::DEADLINE_REASON) {
            1 => Some(Due::Queue),
            2 => Some(Due::Run),
            3 => Some(Due::Pause),
            4 => Some(Due::Grace),
            5 => Some(Due::Sleep),
            6 => Some(Due::Rate),
            7 => Some(Due::Key),
            200 => Some(Due::HoldBack),
            201 => Some(Due::HalfOpen),
            202 => Some(Due::Probe),
            _ => None,
        };
        let at = (self.float(header::DEADLINE) * 1_000.0).round();
        let deadline = due.map(|due| (Time::from_micros(at as u64), due));
        assert_eq!(deadline.is_none(), at.is_infinite(), "a deadline has a reason");
        assert!(deadline.is_none() || self.word(header::TIMED) != 0, "who has deadlines asks for the time");
        Outcome { effects, answer, deadline, ready: self.word(header::READY), holds: self.word(header::HOLDS) != 0 }
    }

    fn snapshot(&mut self, limiter: LimiterId) -> Option<Snapshot> {
        self.mailbox.engine().snapshot(limiter)?;
        self.ring(&[command::QUERY, limiter], false);
        assert_eq!(self.word(header::EFFECTS), 0, "a question has no effect");
        Some(words::snapshot(&self.block))
    }

    fn tasks(&self) -> u32 {
        self.mailbox.engine().tasks()
    }
}
