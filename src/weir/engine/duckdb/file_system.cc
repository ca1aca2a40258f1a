#include "weir/engine/duckdb/file_system.h"

#include "weir/engine/duckdb/statement_context.h"
#include "weir/io/cancel_scope.h"

namespace weir::engine {
namespace {

using duckdb::FileHandle;
using duckdb::FileOpener;
using duckdb::FileOpenFlags;
using duckdb::idx_t;
using duckdb::optional_ptr;

StatementContext& ContextOf(optional_ptr<FileOpener> opener) {
  auto context = FileOpener::TryGetClientContext(opener);
  if (!context) throw duckdb::PermissionException("files are opened by statements only");
  return StatementContext::Of(*context);
}

// A far store that does not answer is no reason to wait when the statement is stopped.
io::CancelScope UntilInterrupted(const duckdb::ClientContext* client) {
  return io::CancelScope([client] { return client->interrupted.load(); });
}

// Opens or reads a file that the plan names: it was there when that was made.
template <typename Act>
auto WithNamed(const StatementContext::Readable& file, const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(
        ErrorCode::kNotFound,
        "the data file " + file.uri +
            (file.is_past ? " of an older version of its table is gone: VACUUM removes what only "
                            "older versions hold; it took nothing from the latest version"
                          : " is gone, though it belongs to what is read; put it back from a copy, "
                            "or build its table anew (--full-refresh, or REFRESH ... FULL, where a "
                            "query fills it)"),
        error.detail())
        .WithCondition("FAILED_READ_FILE.FILE_NOT_EXIST");
  }
}

std::unique_ptr<io::ObjectReader> OpenNamed(const StatementContext::Readable& file) {
  return WithNamed(file, [&] {
    return file.known ? file.store->OpenKnown(*file.known) : file.store->Open(file.key);
  });
}

class ReadHandle final : public FileHandle {
 public:
  ReadHandle(duckdb::FileSystem& system, const std::string& path, FileOpenFlags flags,
             StatementContext::Readable named, std::unique_ptr<io::ObjectReader> reader,
             StatementContext& context, const duckdb::ClientContext& client)
      : FileHandle(system, path, flags),
        named(std::move(named)),
        reader(std::move(reader)),
        context(&context),
        client(&client) {}
  void Close() override {}

  size_t ReadAt(uint64_t offset, void* into, size_t length) {
    const io::CancelScope scope = UntilInterrupted(client);
    context->NoteRead(named.uri);
    return Guarded(*context, [&] {
      return WithNamed(named,
                       [&] { return reader->ReadAt(offset, static_cast<char*>(into), length); });
    });
  }

  StatementContext::Readable named;  // Its store outlives the reader.
  std::unique_ptr<io::ObjectReader> reader;
  StatementContext* context;  // The connection that opened this holds it.
  const duckdb::ClientContext* client;
  uint64_t position = 0;
};

// DuckDB calls Close only for a file that is complete: without it nothing appears in the store.
class WriteHandle final : public FileHandle {
 public:
  WriteHandle(duckdb::FileSystem& system, const std::string& path, FileOpenFlags flags,
              std::shared_ptr<io::ObjectStore> store, const std::string& key,
              StatementContext& context, const duckdb::ClientContext& client)
      : FileHandle(system, path, flags),
        store(std::move(store)),
        writer(this->store->Create(key)),
        context(&context),
        client(&client) {}
  void Close() override {
    if (!writer) return;
    const io::CancelScope scope = UntilInterrupted(client);
    Guarded(*context, [&] { writer->Finish(); });
    writer.reset();
  }

  std::shared_ptr<io::ObjectStore> store;
  std::unique_ptr<io::ObjectWriter> writer;
  StatementContext* context;
  const duckdb::ClientContext* client;
  uint64_t size = 0;
};

class WeirFileSystem final : public duckdb::FileSystem {
 public:
  std::string GetName() const override { return "WeirFileSystem"; }
  bool CanHandleFile(const std::string& path) override { return path.rfind("weir://", 0) == 0; }
  bool CanSeek() override { return true; }
  // Where reads are cheap nothing is fetched ahead; of a far file the columns of a row group are
  // read together.
  bool OnDiskFile(FileHandle& handle) override {
    return handle.flags.OpenForWriting() || !handle.Cast<ReadHandle>().named.store->IsFar();
  }
  std::string PathSeparator(const std::string&) override { return "/"; }
  std::string CanonicalizePath(const std::string& path, optional_ptr<FileOpener>) override {
    return path;
  }

  duckdb::unique_ptr<FileHandle> OpenFile(const std::string& path, FileOpenFlags flags,
                                          optional_ptr<FileOpener> opener) override {
    StatementContext& context = ContextOf(opener);
    const duckdb::ClientContext& client = *FileOpener::TryGetClientContext(opener);
    const io::CancelScope scope = UntilInterrupted(&client);
    if (flags.OpenForWriting()) {
      StatementContext::Writable file = context.ToWrite(path);
      return Guarded(context, [&]() -> duckdb::unique_ptr<FileHandle> {
        return duckdb::make_uniq<WriteHandle>(*this, path, flags, std::move(file.store), file.key,
                                              context, client);
      });
    }
    StatementContext::Readable file = context.ToRead(path);
    return Guarded(context, [&]() -> duckdb::unique_ptr<FileHandle> {
      auto reader = OpenNamed(file);
      return duckdb::make_uniq<ReadHandle>(*this, path, flags, std::move(file), std::move(reader),
                                           context, client);
    });
  }

  void Read(FileHandle& handle, void* buffer, int64_t length, idx_t location) override {
    ReadHandle& file = handle.Cast<ReadHandle>();
    const size_t wanted = static_cast<size_t>(length);
    if (file.ReadAt(location, buffer, wanted) == wanted) return;
    throw duckdb::IOException("file \"" + handle.path + "\" ends before byte " +
                              std::to_string(location + wanted));
  }

  int64_t Read(FileHandle& handle, void* buffer, int64_t length) override {
    ReadHandle& file = handle.Cast<ReadHandle>();
    const size_t read = file.ReadAt(file.position, buffer, static_cast<size_t>(length));
    file.position += read;
    return static_cast<int64_t>(read);
  }

  int64_t Write(FileHandle& handle, void* buffer, int64_t length) override {
    WriteHandle& file = handle.Cast<WriteHandle>();
    const io::CancelScope scope = UntilInterrupted(file.client);
    Guarded(*file.context, [&] {
      file.writer->Append({static_cast<const char*>(buffer), static_cast<size_t>(length)});
    });
    file.size += static_cast<uint64_t>(length);
    return length;
  }

  void FileSync(FileHandle&) override {}  // Finish does.

  int64_t GetFileSize(FileHandle& handle) override {
    if (handle.flags.OpenForWriting()) return static_cast<int64_t>(handle.Cast<WriteHandle>().size);
    return static_cast<int64_t>(handle.Cast<ReadHandle>().reader->info().size);
  }
  duckdb::timestamp_t GetLastModifiedTime(FileHandle& handle) override {
    return duckdb::timestamp_t(handle.Cast<ReadHandle>().reader->info().modified.micros);
  }
  std::string GetVersionTag(FileHandle& handle) override {
    return handle.Cast<ReadHandle>().reader->info().etag;
  }
  duckdb::FileType GetFileType(FileHandle&) override { return duckdb::FileType::FILE_TYPE_REGULAR; }

  void Seek(FileHandle& handle, idx_t location) override {
    handle.Cast<ReadHandle>().position = location;
  }
  idx_t SeekPosition(FileHandle& handle) override {
    if (handle.flags.OpenForWriting()) return handle.Cast<WriteHandle>().size;
    return handle.Cast<ReadHandle>().position;
  }
  void Reset(FileHandle& handle) override { Seek(handle, 0); }

  // New files go by names that nobody has used, so nothing is there yet; folders need no making.
  bool FileExists(const std::string& path, optional_ptr<FileOpener> opener) override {
    ContextOf(opener).ToWrite(path);
    return false;
  }
  bool DirectoryExists(const std::string& path, optional_ptr<FileOpener> opener) override {
    ContextOf(opener).ToWrite(path);
    return true;
  }
  void CreateDirectory(const std::string& path, optional_ptr<FileOpener> opener) override {
    ContextOf(opener).ToWrite(path);
  }
  bool ListFiles(const std::string& path, const std::function<void(const std::string&, bool)>&,
                 FileOpener* opener) override {
    ContextOf(opener).ToWrite(path);
    return true;
  }
  bool IsPipe(const std::string&, optional_ptr<FileOpener>) override { return false; }

  // What a failed COPY takes back.
  bool TryRemoveFile(const std::string& path, optional_ptr<FileOpener> opener) override {
    StatementContext& context = ContextOf(opener);
    const StatementContext::Writable file = context.ToWrite(path);
    Guarded(context, [&] { file.store->Delete(file.key); });
    return true;
  }
  void RemoveFile(const std::string& path, optional_ptr<FileOpener> opener) override {
    TryRemoveFile(path, opener);
  }

  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& path, FileOpener* opener) override {
    ContextOf(opener).ToRead(path);
    return {duckdb::OpenFileInfo(path)};
  }
};

}  // namespace

duckdb::unique_ptr<duckdb::FileSystem> MakeFileSystem() {
  return duckdb::make_uniq<WeirFileSystem>();
}

}  // namespace weir::engine
