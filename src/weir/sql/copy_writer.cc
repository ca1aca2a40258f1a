#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

namespace weir::sql {

void SqlWriter::Write(const CopyInto& copy) {
  Put("COPY INTO ");
  PutName(copy.target);
  if (copy.by_position) Put(" BY POSITION");
  if (!copy.columns.empty()) {
    Put(" ");
    PutNames(copy.columns);
  }
  Put(" FROM ");
  if (!copy.items.empty()) {
    Put("(SELECT ");
    PutList(copy.items, [&](const SelectItem& item) { Write(item); });
    Put(" FROM ");
  }
  Put(QuoteString(copy.path));
  if (!copy.items.empty()) Put(")");
  Put(" FILEFORMAT = ");
  PutName(copy.format);
  if (copy.validate) Put(" VALIDATE");
  if (copy.validate_rows) Put(" " + std::to_string(*copy.validate_rows) + " ROWS");
  if (!copy.files.empty()) {
    Put(" FILES = (");
    PutList(copy.files, [&](const std::string& file) { Put(QuoteString(file)); });
    Put(")");
  }
  if (copy.pattern) Put(" PATTERN = " + QuoteString(*copy.pattern));
  if (!copy.format_options.empty()) {
    Put(" FORMAT_OPTIONS ");
    Write(copy.format_options);
  }
  if (!copy.copy_options.empty()) {
    Put(" COPY_OPTIONS ");
    Write(copy.copy_options);
  }
}

}  // namespace weir::sql
