//! Parts that only the whole engine has.
//!
//! The feature `capacity`, on by default, is all of a limiter that is more than a row of slots: trees, weights,
//! priorities, rates. Pages that want a p-limit and no more need not load that: without the feature there is
//! no such part, ever, which the compiler sees by its type, so that it leaves out all that would work on one. No other
//! line of the engine knows of it but those that would make one.

/// Whether this is the whole engine.
pub const CAPACITY: bool = cfg!(feature = "capacity");

#[cfg(feature = "capacity")]
pub(crate) type Own<T> = alloc::boxed::Box<T>;

#[cfg(feature = "capacity")]
#[expect(clippy::unnecessary_box_returns, reason = "in the other build it is no box")]
pub(crate) fn own<T>(part: T) -> Own<T> {
    Own::new(part)
}

#[cfg(not(feature = "capacity"))]
pub(crate) use without::{Own, own};

#[cfg(not(feature = "capacity"))]
mod without {
    use core::convert::Infallible;
    use core::marker::PhantomData;
    use core::ops::{Deref, DerefMut};

    /// There is none.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Own<T> {
        never: Infallible,
        part: PhantomData<T>,
    }

    impl<T> Deref for Own<T> {
        type Target = T;

        fn deref(&self) -> &T {
            match self.never {}
        }
    }

    impl<T> DerefMut for Own<T> {
        fn deref_mut(&mut self) -> &mut T {
            match self.never {}
        }
    }

    impl<T> AsMut<T> for Own<T> {
        fn as_mut(&mut self) -> &mut T {
            match self.never {}
        }
    }

    /// Not called: the engine refuses what would need a part.
    #[expect(clippy::unreachable, reason = "there is nothing to give, and no caller")]
    pub(crate) fn own<T>(_: T) -> Own<T> {
        unreachable!()
    }
}
