#include "weir/app/doctor/home_checks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "weir/base/error.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFileSystem = "file system";

struct FileSystemKind {
  int64_t magic;
  const char* name;
  const char* danger;
};
// By their numbers in statfs(2).
constexpr FileSystemKind kDoubtful[] = {
    {0x01021994, "tmpfs", "what it holds is gone when the machine stops"},
    {0x858458f6, "ramfs", "what it holds is gone when the machine stops"},
    {0x6969, "NFS", "locks between machines, and SQLite's shared memory, do not hold there"},
    {0xff534d42, "CIFS", "locks between machines, and SQLite's shared memory, do not hold there"},
    {0xfe534d42, "SMB", "locks between machines, and SQLite's shared memory, do not hold there"},
    {0x65735546, "FUSE", "whether it syncs and locks as a disk does depends on what is behind it"},
};

// 0, or errno.
int SyncOf(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? 0 : errno;
  const int error = fsync(file) == 0 ? 0 : errno;
  close(file);
  return error;
}

std::string Permissions(mode_t mode) { return fmt::format("{:04o}", mode & 07777); }

}  // namespace

std::string SizeText(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

Finding CheckFolder(const std::string& home) {
  const char* const name = "permissions";
  struct stat status {};
  if (stat(home.c_str(), &status) != 0) {
    return {name, Verdict::kWrong, home + " can't be looked at: " + std::strerror(errno),
            "give this user the right to enter the folders above it"};
  }
  if (!S_ISDIR(status.st_mode)) {
    return {name, Verdict::kWrong, home + " is not a folder", "choose another --home"};
  }
  if (status.st_uid != geteuid()) {
    return {
        name, Verdict::kWarning,
        fmt::format("{} belongs to user {}, and this one is {}", home, status.st_uid, geteuid()),
        "run weir as its owner: what another user writes may be closed to them"};
  }
  if (access(home.c_str(), R_OK | W_OK | X_OK) != 0) {
    return {name, Verdict::kWrong,
            fmt::format("{} may not be read and written by its owner (mode {}): {}", home,
                        Permissions(status.st_mode), std::strerror(errno)),
            "statements need to write their records: chmod 700, or mount the disk for writing"};
  }
  if ((status.st_mode & 077) != 0) {
    return {name, Verdict::kWrong,
            fmt::format("{} is open to other users (mode {}), who can read tables past all grants",
                        home, Permissions(status.st_mode)),
            "chmod 700 " + home, [home] {
              fs::permissions(home, fs::perms::owner_all);
              return home + " is for its owner only now";
            }};
  }
  return {name, Verdict::kOk, home + " is for its owner only", ""};
}

Finding CheckFileSystem(const std::string& home) {
  struct statfs status {};
  if (statfs(home.c_str(), &status) != 0) {
    return {kFileSystem, Verdict::kWrong, home + ": " + std::strerror(errno), "check the disk"};
  }
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& path : {home + "/weir.db", home}) {
    const int error = SyncOf(path);
    if (error == 0 || error == EACCES) continue;
    return {kFileSystem, Verdict::kWrong, path + " can't be synced: " + std::strerror(error),
            "what is acknowledged may be lost; move the home to a disk that can sync"};
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  for (const FileSystemKind& kind : kDoubtful) {
    if (static_cast<uint32_t>(status.f_type) != static_cast<uint32_t>(kind.magic)) continue;
    return {kFileSystem, Verdict::kWarning,
            fmt::format("{} is on {}: {}", home, kind.name, kind.danger),
            "keep a home that matters on a local disk"};
  }
  return {kFileSystem, Verdict::kOk, fmt::format("{} syncs, in {:.1f} ms", home, took.count()), ""};
}

Verdict VerdictOnSpace(uint64_t free_bytes) {
  if (free_bytes < (uint64_t{64} << 20)) return Verdict::kWrong;
  return free_bytes < (uint64_t{1} << 30) ? Verdict::kWarning : Verdict::kOk;
}

Findings CheckSpace(const std::string& home) {
  std::error_code ignored;
  const std::string spill = home + "/tmp";
  const char* const temporary = std::getenv("TMPDIR");
  const std::pair<const char*, std::string> places[] = {
      {"space", home},
      {"space to spill", fs::exists(spill, ignored) ? spill : home},
      {"space for temporary files", temporary != nullptr ? temporary : "/tmp"}};
  Findings findings;
  for (const auto& [name, place] : places) {
    struct statvfs status {};
    if (statvfs(place.c_str(), &status) != 0) {
      findings.push_back({name, Verdict::kWrong, place + ": " + std::strerror(errno),
                          "make the folder, or set TMPDIR to one that is there"});
      continue;
    }
    const uint64_t free_bytes = uint64_t{status.f_bavail} * status.f_frsize;
    Verdict verdict = VerdictOnSpace(free_bytes);
    std::string text = SizeText(free_bytes) + " free in " + place;
    if (status.f_files > 0 && status.f_favail == 0) {
      verdict = Verdict::kWrong;
      text += ", but no more files may be made there (inodes)";
    }
    findings.push_back({name, verdict, text, verdict == Verdict::kOk ? "" : "free some space"});
  }
  return findings;
}

Finding CheckFileLimit() {
  constexpr rlim_t kFew = 1024;
  constexpr rlim_t kTooFew = 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return {"open files", Verdict::kOk, "no limit", ""};
  }
  const Verdict verdict = limit.rlim_cur < kTooFew ? Verdict::kWrong
                          : limit.rlim_cur < kFew  ? Verdict::kWarning
                                                   : Verdict::kOk;
  return {"open files", verdict,
          fmt::format("{} may be open at once", static_cast<uint64_t>(limit.rlim_cur)),
          verdict == Verdict::kOk ? "" : "raise the limit: ulimit -n 4096"};
}

Finding CheckClock(const std::string& home, const Clock& clock) {
  constexpr int64_t kYear2024 = 1'704'067'200;
  constexpr int64_t kSlackSeconds = 60;  // File servers have clocks of their own.
  const int64_t now = clock.Now().micros / 1'000'000;
  const std::string hint = "set the clock; times in logs and time travel go by it";
  if (now < kYear2024) {
    return {"clock", Verdict::kWrong, "it is not " + FormatIso(clock.Now()), hint};
  }
  for (const char* name : {"/weir.db", "/weir.db-wal", "/log/weir.log"}) {
    struct stat status {};
    if (stat((home + name).c_str(), &status) != 0) continue;
    if (status.st_mtim.tv_sec <= now + kSlackSeconds) continue;
    return {"clock", Verdict::kWrong,
            fmt::format("it is {}, but {} was written at {}", FormatIso({now * 1'000'000}),
                        home + name, FormatIso({status.st_mtim.tv_sec * 1'000'000})),
            hint};
  }
  return {"clock", Verdict::kOk, FormatIso({now * 1'000'000}), ""};
}

}  // namespace weir::app
