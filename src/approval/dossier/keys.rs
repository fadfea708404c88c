//! The state of a dossier in words that outlive a change of the pack: keys of tracks and states
//! instead of positions.

use super::{DossierState, begin};
use crate::law::life_cycle::LifeCycle;

/// Why keys are no state of a life cycle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DossierKeysError {
    /// The life cycle has no such track.
    #[error("the life cycle has no track `{track}`")]
    UnknownTrack {
        /// The track.
        track: String,
    },
    /// The track has no such state.
    #[error("track `{track}` of the life cycle has no state `{state}`")]
    UnknownState {
        /// The track.
        track: String,
        /// The state.
        state: String,
    },
    /// The track is named twice.
    #[error("track `{track}` is named twice")]
    Repeated {
        /// The track.
        track: String,
    },
}

impl DossierState {
    /// The tracks of its life cycle, each with the state it is in, by their keys.
    pub fn to_keys(&self, cycle: &LifeCycle) -> Vec<(String, String)> {
        self.tracks(cycle).map(|(track, state)| (track.key.clone(), state.key.clone())).collect()
    }

    /// The state that keys say. A track that they do not name is where a dossier begins: it came
    /// into the life cycle later.
    ///
    /// # Errors
    /// [`DossierKeysError`] where the life cycle does not have what they name.
    pub fn from_keys<'k>(
        cycle: &LifeCycle,
        keys: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Result<Self, DossierKeysError> {
        let mut found = begin(cycle);
        let mut named = 0u8;
        for (track, state) in keys {
            let unknown = || DossierKeysError::UnknownTrack { track: track.to_owned() };
            let at = cycle.tracks.iter().position(|known| known.key == track).ok_or_else(unknown)?;
            let to = found.states.get_mut(at).ok_or_else(unknown)?;
            let position = cycle.tracks[at].states.iter().position(|known| known.key == state);
            let unknown = || DossierKeysError::UnknownState { track: track.to_owned(), state: state.to_owned() };
            *to = position.and_then(|position| u8::try_from(position).ok()).ok_or_else(unknown)?;
            if named & 1 << at != 0 {
                return Err(DossierKeysError::Repeated { track: track.to_owned() });
            }
            named |= 1 << at;
        }
        Ok(found)
    }
}
