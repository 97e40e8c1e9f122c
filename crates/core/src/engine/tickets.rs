//! How limiters hear how calls end that went through them: breakers and adaptive limits.

use super::Engine;
use crate::command::Health;
use crate::limit::{Ticket, TicketKind};
use crate::own::CAPACITY;
use crate::table::NONE;

impl Engine {
    /// Gives a call a ticket, behind those it has.
    pub(super) fn push_ticket(&mut self, index: u32, ticket: Ticket) {
        let place = self.tickets.insert(Ticket { next: NONE, ..ticket });
        self.tickets_out += 1;
        let Some(extra) = self.extra_mut(index) else { return };
        let mut last = core::mem::replace(&mut extra.tickets, place);
        if last == NONE {
            return;
        }
        extra.tickets = last;
        while let Some(next) = self.tickets.get(last).map(|ticket| ticket.next).filter(|&next| next != NONE) {
            last = next;
        }
        if let Some(last) = self.tickets.get_mut(last) {
            last.next = place;
        }
    }

    /// A call has ended, or will not begin: whoever gave it a ticket hears what that says of the service.
    #[inline(never)]
    pub(super) fn show_tickets(&mut self, index: u32, health: Health) {
        if !CAPACITY || self.tickets_out == 0 {
            return;
        }
        let Some(task) = self.tasks.get(index).copied() else { return };
        let Some(extra) = self.extras.get_mut(task.extra) else { return };
        let mut next = core::mem::replace(&mut extra.tickets, NONE);
        while let Some(ticket) = self.tickets.remove(next) {
            next = ticket.next;
            self.tickets_out -= 1;
            match ticket.kind {
                TicketKind::Breaker(pass) => self.report_to_breaker(&ticket, pass, health),
                TicketKind::Adaptive { in_flight } => self.sample(&ticket, in_flight, task.since, health),
            }
        }
    }
}
