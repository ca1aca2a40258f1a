#pragma once

#include <iosfwd>
#include <string>

#include "weir/types/batch.h"
#include "weir/types/time_zone.h"

namespace weir::app {

enum class OutputFormat { kTable, kCsv, kJson };

// Prints all rows as they come. kTable: as PrintTable does by default; kCsv: a header, RFC 4180
// quoting, NULL as nothing, nested values and binary as ToJsonText has them, without its quotes;
// kJson: one object a line. Gives the number of rows. A result without columns prints nothing. Once
// `out` fails it takes no more rows. A TIMESTAMP is shown as clocks of `zone` show it.
int64_t PrintRows(BatchStream& rows, OutputFormat format, std::ostream& out,
                  const TimeZone& zone = *UtcZone());

// A value as JSON text: numbers as numbers (NaN and infinities as strings), binary in base64, the
// rest as Spark prints it. `zone`: as of CellText.
std::string ToJsonText(const Value& value, const TimeZone& zone = *UtcZone());
// A text in JSON's quotes.
std::string ToJsonString(const std::string& text);

}  // namespace weir::app
