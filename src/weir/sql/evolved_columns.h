#pragma once

#include "weir/sql/binding.h"

// WITH SCHEMA EVOLUTION, of INSERT and of MERGE. Internal to the binder.
namespace weir::sql {

// The columns of `columns`, which are all of the table or some, as they are once the table has
// taken in what `plan` gives. `by_name`: its columns go by their names, else by position.
// `accept_new`: those that the table does not have become columns behind the others.
Schema EvolvedColumns(const Plan& plan, const Schema& columns, bool by_name, bool accept_new,
                      const Evolution& evolution);

// `value` as a column of that type holds it: members of structs go by their names, at every depth;
// one that the value does not have is that of `before`, which is of the type, or NULL. A value that
// is NULL leaves such members as they are, too (UPDATE SET *, as Delta does it). Null: it can't be
// stored so; nothing is reported then.
BoundExprPtr FitByName(Binding& binding, BoundExprPtr value, const DataType& type,
                       const BoundExprPtr& before = nullptr);

// Whether structs at every depth have members of the same names, in whatever order.
bool HaveSameMembers(const DataType& from, const DataType& to);

}  // namespace weir::sql
