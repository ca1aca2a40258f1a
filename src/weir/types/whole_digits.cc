#include "weir/types/whole_digits.h"

#include "weir/base/check.h"

namespace weir {

int WholeDigits(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return 3;
    case TypeId::kShort:
      return 5;
    case TypeId::kInt:
      return 10;
    case TypeId::kLong:
      return 20;
    default:
      WEIR_CHECK(type.id() == TypeId::kDecimal);
      return type.precision() - type.scale();
  }
}

}  // namespace weir
