#pragma once

#include <string_view>

#include "weir/connect/files/csv_line.h"
#include "weir/types/batch.h"

namespace weir::connect {

// What a field says, after the rules for NULL and empty texts; data() == nullptr for NULL.
std::string_view CsvCellText(const CsvField& field, const RecordOptions& options);

// Appends the text to the column as Spark's CSV reader converts it; false, with nothing appended,
// when it does not spell a value of the column's type. With no column, only judges.
bool AppendCsvCell(std::string_view text, const DataType& type, const RecordOptions& options,
                   ColumnBuilder* column);

// The narrowest type of Spark's inference that holds both a column so far and one more cell.
// kVoid: nothing was seen but NULL.
DataType InferCsvCell(const DataType& so_far, std::string_view text, const RecordOptions& options);
// The type that holds the values of both.
DataType MergeCsvTypes(const DataType& left, const DataType& right);

// Whether a CSV column can have this type.
bool IsCsvType(const DataType& type);

}  // namespace weir::connect
