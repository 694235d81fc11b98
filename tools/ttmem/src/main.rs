//! The `ttmem` command.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    ttmem_tool::main()
}
