#include "weir/connect/files/file_source.h"
#include "weir/connect/source.h"

namespace weir::connect {

Registry BuiltinConnectors() { return Registry({FileConnector()}); }

}  // namespace weir::connect
