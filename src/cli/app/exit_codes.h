// SPDX-License-Identifier: Apache-2.0
// What the program says to a shell by its exit code, the same for every command.
#pragma once

namespace salestream::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;  // the command line or the pipeline file is wrong
// Of `audit` alone.
inline constexpr int kExitDifferent = 3;  // the store is not what the source gives
inline constexpr int kExitPartly = 4;     // nothing was found wrong, but not everything could be looked at
inline constexpr int kExitUnsettled = 5;  // nothing was found wrong, but a run was still writing some of it

}  // namespace salestream::cli
