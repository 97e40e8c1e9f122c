//! Plays a plan: the engine, the model and the watching host side by side; then the engine again, and the
//! engine behind its mailbox, which must say the same.

use fanfold_core::{Command, Effect, Handle, LimiterId, Span};

use crate::boxed::Boxed;
use crate::check::Check;
use crate::direct::Direct;
use crate::host::{Act, Host};
use crate::model::{Model, started};
use crate::plan::{Plan, Step};
use crate::turn::{Message, Outcome, Subject, Turn};

/// More turns than draining any plan takes.
const MOST_TURNS: usize = 100_000;

/// What a play came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// Every turn and its outcome.
    pub turns: Vec<(Turn, Outcome)>,
}

impl Played {
    /// How many commands there were.
    pub fn commands(&self) -> usize {
        self.turns.iter().map(|(turn, _)| turn.messages.len()).sum()
    }
}

struct Stage {
    engine: Direct,
    model: Model,
    /// Not where the host breaks the rules.
    check: Option<Check>,
    host: Host,
    turns: Vec<(Turn, Outcome)>,
    /// Limiters with a raise that was not settled yet.
    unsettled: Vec<LimiterId>,
}

/// Plays a plan in every way. Says what went wrong, with the last turn.
pub fn play(plan: &Plan) -> Result<Played, String> {
    let hostile = plan.iter().any(|step| matches!(step, Step::Raw(_)));
    let mut stage = Stage {
        engine: Direct::fresh(),
        model: Model::default(),
        check: (!hostile).then(Check::default),
        host: Host::default(),
        turns: Vec::new(),
        unsettled: Vec::new(),
    };
    stage.perform(plan).map_err(|wrong| format!("turn {}: {wrong}", stage.turns.len()))?;
    let played = Played { turns: stage.turns };
    replay::<Direct>(&played).map_err(|wrong| format!("played again: {wrong}"))?;
    replay::<Boxed>(&played).map_err(|wrong| format!("through the mailbox: {wrong}"))?;
    Ok(played)
}

/// Takes the same turns with another subject.
fn replay<S: Subject>(played: &Played) -> Result<(), String> {
    let mut subject = S::fresh();
    for (number, (turn, before)) in played.turns.iter().enumerate() {
        let outcome = subject.turn(turn);
        if outcome != *before {
            return Err(format!("turn {number}: {turn:?} gave {before:?} and then {outcome:?}"));
        }
    }
    if subject.tasks() == 0 { Ok(()) } else { Err(format!("{} tasks are left", subject.tasks())) }
}

impl Stage {
    fn perform(&mut self, plan: &Plan) -> Result<(), String> {
        for &step in plan {
            match self.host.take(step) {
                Act::Go => {}
                Act::Ring { may_start } => {
                    self.turn(may_start)?;
                }
                Act::Drain => self.drain()?,
            }
        }
        self.turn(false)?;
        // Once more, for what was due at once.
        self.turn(false)?;
        self.come_to_rest()
    }

    /// Takes a turn; whether something started.
    fn turn(&mut self, may_start: bool) -> Result<bool, String> {
        let turn = self.host.turn(may_start);
        let outcome = self.engine.turn(&turn);
        let began = started(&outcome);
        let wrong = self.judge(&turn, &outcome).err();
        self.host.learn(&turn, &outcome);
        if let Some(wrong) = wrong {
            return Err(format!("{wrong}\n  in {turn:?}\n  which gave {outcome:?}"));
        }
        self.turns.push((turn, outcome));
        Ok(began.is_some())
    }

    fn judge(&mut self, turn: &Turn, outcome: &Outcome) -> Result<(), String> {
        if let Some(check) = &mut self.check {
            check.turn(turn, outcome)?;
        }
        let expected = self.model.turn(turn, outcome, self.engine.limits())?;
        // Reused handles make a task kin of strangers: then a warning means nothing.
        let early = expected.compare(outcome, self.check.is_some())?;
        self.model.accept_warnings(&early);
        if self.engine.tasks() as usize != self.model.population() {
            return Err(format!("{} tasks, expected {}", self.engine.tasks(), self.model.population()));
        }
        self.note_raises(turn, outcome);
        if let Some(id) = self.model.wastes() {
            return Err(format!("somebody waits below limiter {id} though all of it has room"));
        }
        for task in self.model.waiting_tasks() {
            let (got, wanted) = (self.engine.blocked_by(task), self.model.blocked_by(task));
            if got != wanted {
                return Err(format!("{task:?} says it waits for {got:?}, expected {wanted:?}"));
            }
        }
        for id in self.model.limiter_ids() {
            let (got, wanted) = (self.engine.first(id), self.model.first(id));
            if got != wanted {
                return Err(format!("limiter {id} says {got:?} is the next, expected {wanted:?}"));
            }
            let (got, wanted) = (self.engine.snapshot(id), self.model.snapshot(id));
            if got != wanted {
                return Err(format!("limiter {id} stands {got:?}, expected {wanted:?}"));
            }
            let stats = self.engine.stats(id).ok_or_else(|| format!("limiter {id} tells nothing"))?;
            self.model.judge_stats(id, &stats)?;
            if self.model.idles_while_someone_waits(id) && !self.unsettled.contains(&id) {
                return Err(format!("limiter {id} has a free slot and lets someone wait"));
            }
            if let (Some(check), Some(snapshot)) = (&mut self.check, got) {
                check.stands(id, &snapshot)?;
                if check.room(id) != Some(self.model.has_room(id)) {
                    return Err(format!("limiter {id}: told {:?} of its room", check.room(id)));
                }
            }
        }
        Ok(())
    }

    fn note_raises(&mut self, turn: &Turn, outcome: &Outcome) {
        // First, since a freed id may be opened again, and raised, in the same turn.
        self.unsettled.retain(|&limiter| !outcome.effects.contains(&Effect::LimiterFreed { limiter }));
        for message in &turn.messages {
            match *message {
                Message::Command(Command::Resize { limiter, .. }) => self.unsettled.push(limiter),
                Message::Command(Command::Settle { limiter }) => {
                    self.unsettled.retain(|&other| other != limiter);
                }
                _ => {}
            }
        }
    }

    fn drain(&mut self) -> Result<(), String> {
        for _ in 0..MOST_TURNS {
            if !self.turn(true)? {
                return Ok(());
            }
        }
        Err("starts without end".into())
    }

    /// One that nobody can reach any more is gone as soon as a breaker refuses the last who waited, here or below.
    fn say_if_there(&mut self, limiter: LimiterId, command: Command) -> Result<(), String> {
        if !self.model.limiter_ids().contains(&limiter) {
            return Ok(());
        }
        self.host.say(command);
        self.drain()
    }

    /// Lets everything end and go, and sees that nothing is left and that the engine still works.
    fn come_to_rest(&mut self) -> Result<(), String> {
        for limiter in self.model.limiter_ids() {
            let commands = [
                Command::Resume { limiter },
                Command::LiftHold { limiter },
                // Who weighs more than a lowered limit waits until it is raised.
                Command::Resize { limiter, concurrency: u32::MAX },
                Command::Settle { limiter },
            ];
            for command in commands {
                self.say_if_there(limiter, command)?;
            }
        }
        // Nobody lets the time pass any more that rates would take.
        for limiter in self.model.rated() {
            for nth in 0..8 {
                self.say_if_there(limiter, Command::SetRate { limiter, nth, rule: None })?;
            }
        }
        for (limiter, keys) in self.model.keyed() {
            self.host.say(Command::SetPerKey { limiter, concurrency: u32::MAX, max_queue: u32::MAX });
            for nth in 0..8 {
                self.host.say(Command::SetPerKeyRate { limiter, nth, rule: None });
            }
            for key in keys {
                self.host.say(Command::HoldKey { limiter, key, span: Span::ZERO });
            }
        }
        for limiter in self.model.reachable() {
            self.host.say(Command::Free { limiter });
        }
        for task in [self.model.sleeping(), self.model.held()].concat() {
            self.host.say(Command::Cancel { task });
        }
        for group in self.model.undecided() {
            self.host.say(Command::Disband { group });
        }
        for budget in self.model.budget_ids() {
            self.host.say(Command::FreeBudget { budget });
        }
        for _ in 0..MOST_TURNS {
            self.drain()?;
            let running = self.model.running();
            if running.is_empty() {
                break;
            }
            for task in running {
                self.host.say(Command::Complete { task, fulfilled: true });
            }
        }
        if self.engine.tasks() != 0 || !self.model.limiter_ids().is_empty() {
            return Err(format!("{} tasks, waiters or groups never ended", self.engine.tasks()));
        }
        let so_far = self.turns.len();
        let fresh = Handle::from_bits(63 << Handle::INDEX_BITS);
        self.host.say_something_sensible(fresh);
        if !self.turn(true)? {
            return Err("it does not work any more".into());
        }
        self.host.say(Command::Complete { task: fresh, fulfilled: true });
        self.host.say(Command::Free { limiter: 0 });
        self.turn(true)?;
        let mut sensible = self.turns.iter().skip(so_far).flat_map(|(_, outcome)| &outcome.effects);
        if let Some(fault) = sensible.find(|effect| matches!(effect, Effect::Fault { .. })) {
            return Err(format!("{fault:?} at the end"));
        }
        match self.turns.last() {
            Some((_, outcome)) if outcome.deadline.is_none() && self.engine.tasks() == 0 => Ok(()),
            last => Err(format!("something is left at the end: {last:?}")),
        }
    }
}
