//! What people are written. Pure: a revision in, words out.
