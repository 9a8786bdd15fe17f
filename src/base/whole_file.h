// SPDX-License-Identifier: Apache-2.0
// A file that is written beside its place, under a name that nobody else has, and then takes it: what stands there is
// always whole. A new one is its owner's alone (mode 0600); one that is replaced hands its mode on. One thread.
#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace salestream::base {

class WholeFile {
 public:
  // `option` is for messages: "--out". What is no plain file, such as a device or a pipe, is written to as it is; a
  // link to a plain file stays, and the file that it leads to is replaced.
  static Result<WholeFile> open(const std::string& path, std::string option);

  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  ~WholeFile();

  Status write(std::string_view text);
  // Without it, the file's place stays as it was.
  Status finish();

 private:
  WholeFile(std::string path, std::string option) : path_(std::move(path)), option_(std::move(option)) {}
  Status make_temporary();
  Error cannot_write() const;

  std::string path_;
  std::string option_;
  std::string temporary_;  // empty: path_ is written to directly
  FileDescriptor descriptor_;
};

}  // namespace salestream::base
