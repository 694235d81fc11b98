// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Owners that nothing names. Not for programs to use.
#ifndef TTMEM_NODISCARD_HPP
#define TTMEM_NODISCARD_HPP

// Before a constructor: `ttmem::Phase{"decode"};` ends at once, and compilers say so. Those that do not
// know the attribute there would complain of it in every program.
#if __has_cpp_attribute(nodiscard) >= 201907L
#define TTMEM_NODISCARD [[nodiscard]]
#else
#define TTMEM_NODISCARD
#endif

#endif
