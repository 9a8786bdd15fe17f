// SPDX-License-Identifier: Apache-2.0
//! Generates the bridge's C++ header and source; CMake compiles them, so that standard, warnings and sanitizers match.

fn main() {
    // Without compile(): only the files are wanted.
    let _ = cxx_build::bridge("src/lib.rs");
    println!("cargo:rerun-if-changed=src/lib.rs");
}
