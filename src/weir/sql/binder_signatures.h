#pragma once

#include "weir/sql/functions.h"

namespace weir::sql {

// What only the binder may call: no text reaches these by name.

// Over keys of the same AggregatePlan: whether a row's grouping set leaves them out, as bits.
const Signature& GroupingSignature();
const Signature& GroupingIdSignature();
// Its only argument, a literal: current_timestamp() and such, fixed for one statement but different
// in the next.
const Signature& StatementConstant();
// A generator: the whole numbers from, to (exclusive) and step.
const Signature& RangeSignature();

// (time, width, slide, start) in microseconds but for the time: the window of that width that the
// time is in, a STRUCT of start and end; where windows overlap, a generator of all of them.
const Signature& TimeWindowSignature(const DataType& time);
const Signature& TimeWindowsSignature(const DataType& time);
// The type of such a window.
DataType TimeWindowType(const DataType& time);

// (level, most): the level after this one; fails beyond `most`.
const Signature& NextLevelSignature();
// (text, length): what a CHAR or VARCHAR column of that length stores; fails where it does not fit.
const Signature& StoredCharSignature();
const Signature& StoredVarcharSignature();
// (text, length): filled up with spaces to that length.
const Signature& PaddedCharSignature();

// (column, first, step), literals: a number that no other row of the statement gets, and the first
// ones of the sequence that no row has got yet.
const Signature& NextNumberSignature();

// Whether two values of any one type are the same: NULL is NULL, NaN is NaN.
const Signature& SameValueSignature();

// (level, last): whether the level is not yet that one.
const Signature& BelowLevelSignature();

}  // namespace weir::sql
