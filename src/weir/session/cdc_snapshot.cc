#include "weir/base/error.h"
#include "weir/session/cdc_run.h"

// FROM SNAPSHOT: what changed is found by comparing with the table.
namespace weir::session {

void CdcRun::KeepSnapshot() {
  throw Error(ErrorCode::kUnsupported, "AUTO CDC FROM SNAPSHOT is not supported yet")
      .WithCondition("UNSUPPORTED_FEATURE");
}

}  // namespace weir::session
