#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "weir/io/disk.h"

namespace weir::io {

// Another disk, with a hook before each call that changes something in it but the bytes of a file:
// it may give an errno, which becomes the answer, or 0, or not return at all.
class HookedDisk final : public Disk {
 public:
  using Hook = std::function<int()>;
  // `inner` outlives this.
  HookedDisk(Disk& inner, Hook hook) : inner_(inner), hook_(std::move(hook)) {}

  int CreateFile(const std::string& path, std::unique_ptr<DiskFile>* file) override {
    const int error = hook_();
    return error != 0 ? error : inner_.CreateFile(path, file);
  }
  int OpenFile(const std::string& path, std::unique_ptr<DiskFile>* file) override {
    return inner_.OpenFile(path, file);
  }
  int Link(const std::string& from, const std::string& to) override {
    const int error = hook_();
    return error != 0 ? error : inner_.Link(from, to);
  }
  int Rename(const std::string& from, const std::string& to) override {
    const int error = hook_();
    return error != 0 ? error : inner_.Rename(from, to);
  }
  int Unlink(const std::string& path) override {
    const int error = hook_();
    return error != 0 ? error : inner_.Unlink(path);
  }
  int MakeFolder(const std::string& path) override {
    const int error = hook_();
    return error != 0 ? error : inner_.MakeFolder(path);
  }
  int RemoveFolder(const std::string& path) override {
    const int error = hook_();
    return error != 0 ? error : inner_.RemoveFolder(path);
  }
  int SyncFolder(const std::string& path) override {
    const int error = hook_();
    return error != 0 ? error : inner_.SyncFolder(path);
  }
  int Visit(const std::string& folder, const EntryFilter& wanted, const EntrySink& take) override {
    return inner_.Visit(folder, wanted, take);
  }
  int Status(const std::string& path, DiskStatus* status) override {
    return inner_.Status(path, status);
  }
  int ReadLink(const std::string& path, std::string* target) override {
    return inner_.ReadLink(path, target);
  }

 private:
  Disk& inner_;
  const Hook hook_;
};

}  // namespace weir::io
