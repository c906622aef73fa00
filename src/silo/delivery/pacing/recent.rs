//! A map that forgets what nobody has touched for long, so that its memory is bounded.

use std::collections::HashMap;
use std::hash::Hash;

/// A map of at most so many entries. When there is no room for another one, those are forgotten that have not been
/// set for the longest time.
#[derive(Debug)]
pub struct Recent<K, V> {
    /// Half of the entries at most, all of them set later than any of `old`.
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// An empty map that will hold `most` entries at most. It takes no memory before it has some.
    pub fn with_room_for(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (most / 2).max(1) }
    }

    /// What is known of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Sets what is known of `key`.
    pub fn set(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    /// Forgets `key`.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_found_and_what_is_removed_is_not() {
        let mut recent = Recent::with_room_for(10);
        recent.set(1, "a");
        recent.set(1, "b");
        assert_eq!((recent.get(&1), recent.len()), (Some(&"b"), 1));
        assert_eq!((recent.remove(&1), recent.remove(&1)), (Some("b"), None));
    }

    #[test]
    fn there_are_never_more_than_there_is_room_for_and_the_latest_half_is_kept() {
        let mut recent = Recent::with_room_for(10);
        for key in 0..1000 {
            recent.set(key, ());
            assert!(recent.len() <= 10);
            assert!((key - 4..=key).filter(|key| *key >= 0).all(|key| recent.get(&key).is_some()), "at {key}");
        }
    }

    #[test]
    fn what_is_set_again_is_kept() {
        let mut recent = Recent::with_room_for(10);
        for key in 0..1000 {
            recent.set(-1, ());
            recent.set(key, ());
        }
        assert!(recent.get(&-1).is_some());
    }
}
