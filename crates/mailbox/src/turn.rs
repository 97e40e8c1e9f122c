//! One turn: everything the host said, then everything the engine answers.

use fanfold_core::{Admission, CAPACITY, Engine, Fault, Handle, Time};

use crate::decode::decode;
use crate::decode::guards::end_of_call;
use crate::encode::{answer, answer_stats, encode, reason};
use crate::layout::{
    COMMAND_WORDS, COMMANDS_AT, EFFECT_WORDS, EFFECTS_AT, LONGEST_EFFECT, NONE, WORDS, by_hand, command, guards,
    header, length_of_command,
};
use crate::words::{get, get_float, millis_from_time, set, set_float, time_from_millis};

/// An engine and how to talk to it in words.
#[derive(Debug, Default)]
pub struct Mailbox {
    engine: Engine,
}

impl Mailbox {
    /// A mailbox with a new engine.
    pub fn new() -> Self {
        Self::default()
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What ringing the doorbell does. Takes all commands of the block, lets a task start if the header allows
    /// it, writes the effects and the header. No content makes it panic; a slice that is not a whole block is
    /// left alone.
    pub fn turn(&mut self, words: &mut [u32]) {
        if words.len() < WORDS {
            return;
        }
        // A start is the last effect the host sees before it calls a function: none while effects are left over
        // from a turn before, of which one may be a start itself.
        let may_start = get(words, header::STARTS) != 0 && self.engine.effects_left() == 0;
        self.engine.begin_turn(time_from_millis(get_float(words, header::NOW)));
        self.take_commands(words);
        self.engine.end_turn(may_start);
        self.write_effects(words);
        let deadline = self.engine.deadline();
        set_float(words, header::DEADLINE, millis_from_time(deadline.map_or(Time::NEVER, |(at, _)| at)));
        set(words, header::DEADLINE_REASON, reason(deadline.map(|(_, reason)| reason)));
        set(words, header::READY, self.engine.ready());
        set(words, header::HOLDS, u32::from(self.engine.holds()));
        set(words, header::TIMED, u32::from(self.engine.is_timed()));
    }

    fn take_commands(&mut self, words: &mut [u32]) {
        let end = COMMANDS_AT + (get(words, header::COMMANDS) as usize).min(COMMAND_WORDS);
        set(words, header::COMMANDS, 0);
        let mut at = COMMANDS_AT;
        while at < end {
            let first = get(words, at);
            let (code, aux) = (first & 0xff, first >> 8);
            let length = length_of_command(code).filter(|length| at + length <= end);
            let Some((length, operation)) = length.and_then(|length| Some((length, words.get(at..at + length)?)))
            else {
                // Where one operation is unreadable nobody knows where the next begins.
                return self.engine.fault(Fault::Malformed, first);
            };
            at += length;
            let subject = get(operation, 1);
            let task = Handle::from_bits(subject);
            match code {
                // The two that every task needs, past the crowd of the others.
                command::SUBMIT => self.engine.submit(aux, task, &Admission::PLAIN),
                command::COMPLETE if !CAPACITY => self.engine.complete(task, aux & 1 != 0),
                command::COMPLETE => {
                    let (fulfilled, health) = end_of_call(aux);
                    self.engine.complete_as(task, fulfilled, health);
                }
                command::TRY => {
                    let granted = self.engine.try_acquire(aux, task);
                    set(words, header::ANSWER, u32::from(granted));
                }
                command::QUERY => match self.engine.snapshot(subject) {
                    Some(snapshot) => answer(&snapshot, words),
                    None => self.engine.fault(Fault::UnknownLimiter, subject),
                },
                guards::command::QUERY_STATS if CAPACITY => match self.engine.stats(subject) {
                    Some(stats) => answer_stats(&stats, words),
                    None => self.engine.fault(Fault::UnknownLimiter, subject),
                },
                command::BLOCKED_BY => {
                    let (limiter, block) = match self.engine.blocked_by(task) {
                        Some((limiter, block)) => (limiter, block as u32),
                        None => (NONE, 0),
                    };
                    set(words, header::BLOCKED_BY, limiter);
                    set(words, header::BLOCK, block);
                }
                by_hand::command::FIRST if CAPACITY => {
                    let first = self.engine.first(subject);
                    set(words, header::FIRST, first.map_or(NONE, Handle::bits));
                }
                _ => match decode(code, aux, operation) {
                    Some(command) => self.engine.handle(command),
                    None => return self.engine.fault(Fault::Malformed, first),
                },
            }
        }
    }

    fn write_effects(&mut self, words: &mut [u32]) {
        let mut at = EFFECTS_AT;
        while at + LONGEST_EFFECT <= EFFECTS_AT + EFFECT_WORDS
            && let Some(effect) = self.engine.poll_effect()
            && let Some(room) = words.get_mut(at..)
        {
            at += encode(&effect, room);
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        set(words, header::EFFECTS, count(at - EFFECTS_AT));
        set(words, header::MORE, count(self.engine.effects_left()));
    }
}
