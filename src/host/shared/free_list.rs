//! Which of a number of places are free, told without a lock to all processes that share the memory.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Numbers below `N` that are free to be taken. Whoever is killed in the middle takes at most one along.
///
/// Half of `first` names the first free number; the other half counts changes. A process that was held up between
/// looking at the list and changing it finds by that count that others have been there, even when the first number is
/// the same again.
#[derive(Debug)]
#[repr(C)]
pub struct FreeList<const N: usize> {
    first: AtomicU64,
    /// For each free number the next one. Here and in `first` numbers begin with 1, and 0 is none.
    next: [AtomicU32; N],
}

/// The number that `first` names.
const NUMBER: u64 = u32::MAX as u64;

impl<const N: usize> FreeList<N> {
    /// With all numbers in it.
    pub fn full() -> Self {
        let behind = |number: usize| if number + 1 < N { u32::try_from(number + 2).unwrap_or(0) } else { 0 };
        Self {
            first: AtomicU64::new(u64::from(N > 0)),
            next: std::array::from_fn(|number| AtomicU32::new(behind(number))),
        }
    }

    /// Takes a number out of the list; `None` when it is empty.
    pub fn take(&self) -> Option<usize> {
        let mut first = self.first.load(Ordering::Acquire);
        loop {
            let number = usize::try_from(first & NUMBER).ok()?.checked_sub(1)?;
            let next = self.next.get(number)?.load(Ordering::Relaxed);
            match self.change(first, next) {
                Ok(()) => return Some(number),
                Err(changed) => first = changed,
            }
        }
    }

    /// Puts a number back that was taken.
    pub fn put_back(&self, number: usize) {
        let (Some(place), Ok(name)) = (self.next.get(number), u32::try_from(number + 1)) else { return };
        let mut first = self.first.load(Ordering::Acquire);
        loop {
            place.store(u32::try_from(first & NUMBER).unwrap_or(0), Ordering::Relaxed);
            match self.change(first, name) {
                Ok(()) => return,
                Err(changed) => first = changed,
            }
        }
    }

    /// Makes `number` the first, if nothing has changed since `seen`.
    fn change(&self, seen: u64, number: u32) -> Result<(), u64> {
        let count = (seen & !NUMBER).wrapping_add(NUMBER + 1);
        let changed = count | u64::from(number);
        self.first.compare_exchange_weak(seen, changed, Ordering::AcqRel, Ordering::Acquire).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;

    #[test]
    fn every_number_is_taken_once() {
        let list = FreeList::<3>::full();
        let mut taken: Vec<_> = (0..3).filter_map(|_| list.take()).collect();
        taken.sort_unstable();
        assert_eq!((taken, list.take()), (vec![0, 1, 2], None));
        list.put_back(1);
        assert_eq!((list.take(), list.take()), (Some(1), None));
        assert_eq!(FreeList::<0>::full().take(), None);
    }

    #[test]
    fn who_takes_a_number_has_it_alone() {
        let list = FreeList::<4>::full();
        let in_use = [(); 4].map(|()| AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50_000 {
                        let Some(number) = list.take() else { continue };
                        assert!(!in_use[number].swap(true, Ordering::SeqCst), "{number} was taken twice");
                        in_use[number].store(false, Ordering::SeqCst);
                        list.put_back(number);
                    }
                });
            }
        });
        assert_eq!((0..5).filter_map(|_| list.take()).count(), 4);
    }
}
