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
// one that the value does not have is NULL. Null: it can't be stored so; nothing is reported then.
BoundExprPtr FitByName(Binding& binding, BoundExprPtr value, const DataType& type);

}  // namespace weir::sql
