//! The closed lists a programme file chooses from: kinds of sessions and deadlines, roles, and the like.
//!
//! Each value has one name, the same in the file, in queries and in what is stored.

use serde::{Deserialize, Serialize};

/// A closed list of names, each as it stands in the programme file.
pub trait Named: Sized + Copy + 'static {
    /// Every value with its name, in the order people think of them.
    const ALL: &'static [(&'static str, Self)];

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub enum $type { $($(#[$variant_doc])* #[serde(rename = $name)] $variant,)+ }

        impl Named for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, $type::$variant),)+];
        }

        impl $type {
            /// The name in the programme file and in queries.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)+ }
            }
        }
    };
}

named! {
    /// What a session is.
    SessionKind {
        /// Welcome, closing, awards.
        Ceremony = "ceremony",
        /// An invited talk.
        Keynote = "keynote",
        /// A contributed talk.
        Oral = "oral",
        /// Posters; it lists the papers that have no session of their own.
        Poster = "poster",
        /// Coffee, lunch.
        Break = "break",
        /// A round table.
        Panel = "panel",
    }
}

named! {
    /// What a deadline asks for.
    DeadlineKind {
        /// An abstract, ahead of the paper.
        Abstract = "abstract",
        /// The paper.
        Submission = "submission",
        /// The day the organizers tell who is accepted: nothing is asked of authors.
        Notification = "notification",
        /// The final version of an accepted paper.
        CameraReady = "camera-ready",
        /// Registration for the workshop.
        Registration = "registration",
        /// Anything else.
        Other = "other",
    }
}

named! {
    /// Where people take part.
    Attendance {
        /// Only at the venue.
        InPerson = "in person",
        /// Only from afar.
        Online = "online",
        /// Both.
        Hybrid = "hybrid",
    }
}

named! {
    /// Whom a deadline concerns.
    Audience {
        /// Every author.
        Everyone = "everyone",
        /// Authors of accepted papers.
        Accepted = "accepted",
    }
}

named! {
    /// How sure a session's place in the programme is.
    Certainty {
        /// It takes place as announced.
        Confirmed = "confirmed",
        /// It may still change.
        Tentative = "tentative",
    }
}

named! {
    /// What a person does for the workshop.
    Role {
        /// Runs it.
        Organizer = "organizer",
        /// Gives an invited talk.
        Keynote = "keynote",
        /// Chairs a session.
        Chair = "chair",
        /// Reviews.
        Committee = "committee",
    }
}

named! {
    /// What a link of the workshop leads to.
    LinkKind {
        /// The published papers.
        Proceedings = "proceedings",
        /// Who pays for something.
        Sponsor = "sponsor",
        /// Where, or by which rules, papers are handed in.
        Submission = "submission",
        /// Where to register.
        Registration = "registration",
        /// The conference the workshop belongs to.
        Conference = "conference",
        /// The next year's workshop: what a page leads to once its own is over.
        Next = "next",
        /// Anything else.
        Other = "other",
    }
}

impl SessionKind {
    /// The word people read on a page and in a calendar's category.
    pub fn label(self) -> &'static str {
        match self {
            SessionKind::Ceremony => "Ceremony",
            SessionKind::Keynote => "Keynote",
            SessionKind::Oral => "Talk",
            SessionKind::Poster => "Posters",
            SessionKind::Break => "Break",
            SessionKind::Panel => "Panel",
        }
    }
}
