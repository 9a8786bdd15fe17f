// SPDX-License-Identifier: Apache-2.0
#include "cli/app/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <string_view>

namespace salestream::cli {
namespace {

// Calls `visit` with each command and its path: "" for the program itself, then "run", "rejects", "rejects list", …
using Visit = std::function<void(const std::string& path, const CommandNode& command)>;
void walk(const CommandNode& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const CommandNode& each : command.commands) walk(each, path.empty() ? each.name : path + ' ' + each.name, visit);
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

// In single quotes of a shell in which nothing can be escaped inside of them.
std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + '\'';
}

std::vector<std::string> names_of(const std::vector<CommandNode>& commands) {
  std::vector<std::string> names;
  for (const CommandNode& each : commands) names.push_back(each.name);
  return names;
}

// A pattern of bash's `case` that matches each of these words and nothing else.
std::string patterns(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : " | ") + shell_quoted(word);
  return result;
}

// Whether an option of the program is taken behind a command as well. Each command has its own --help.
bool is_for_commands(const OptionNode& option) {
  return option.names.back() != "--version" && option.names.back() != "--help";
}

std::vector<std::string> option_names(const CommandNode& command, const CommandNode& program) {
  std::vector<std::string> names;
  for (const OptionNode& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  if (&command == &program) return names;
  for (const OptionNode& option : program.options)
    if (is_for_commands(option)) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// Everything that takes a value: `path option` in one string.
struct Values {
  std::vector<std::string> free;                                   // a value that nobody can guess
  std::vector<std::string> files;                                  // a file
  std::vector<std::pair<std::string, const OptionNode*>> choices;  // some words
};

Values values_of(const CommandNode& program) {
  Values values;
  walk(program, "", [&](const std::string& path, const CommandNode& command) {
    const auto add = [&](const OptionNode& option) {
      for (const std::string& name : option.names) {
        if (option.value.empty()) continue;
        const std::string key = path + ' ' + name;
        if (option.takes_file)
          values.files.push_back(key);
        else if (!option.words.empty())
          values.choices.emplace_back(key, &option);
        else
          values.free.push_back(key);
      }
    };
    for (const OptionNode& option : command.options) add(option);
    if (&command != &program)
      for (const OptionNode& option : program.options) add(option);
  });
  return values;
}

}  // namespace

std::string bash_completion(const CommandNode& program) {
  std::vector<std::string> paths;
  std::string offers;
  walk(program, "", [&](const std::string& path, const CommandNode& command) {
    if (!path.empty()) paths.push_back(command.name == path ? ' ' + path : path);
    offers += fmt::format("    {}) options='{}' commands='{}' ;;\n", shell_quoted(path),
                          fmt::join(option_names(command, program), " "), fmt::join(names_of(command.commands), " "));
  });
  const Values values = values_of(program);
  std::string cases;
  for (const auto& [key, option] : values.choices)
    cases += fmt::format("    {}) compopt +o default; COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n",
                         shell_quoted(key), fmt::join(option->words, " "));
  if (!values.files.empty()) cases += fmt::format("    {}) return ;;\n", patterns(values.files));
  if (!values.free.empty()) cases += fmt::format("    {}) compopt +o default; return ;;\n", patterns(values.free));

  return fmt::format(R"(# Completion of salestream for bash; written by the program itself.
# Where COMPREPLY stays empty, readline offers files.
_salestream() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} path='' options commands i
  # Readline takes --option=value for three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $before == '=' ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {}) path=${{path:+$path }}${{COMP_WORDS[i]}} ;;
    esac
  done
  COMPREPLY=()
  case "$path $before" in
{}  esac
  case $path in
{}  esac
  if [[ $current == -* ]]; then
    compopt +o default
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then
    compopt +o default
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  fi
}}
complete -o default -F _salestream {}
)",
                     patterns(paths), cases, offers, program.name);
}

namespace {

// One option as zsh's _arguments wants it. Behind a name that excludes the others of the same option.
std::string zsh_option(const OptionNode& option) {
  std::string action;
  if (!option.value.empty()) {
    std::string value = escaped(option.value, ":\\");
    if (const auto space = value.find(' '); space != std::string::npos)
      value.replace(space, 1, ":_files:");  // two files
    action = ':' + value + ':';
    if (option.takes_file)
      action += "_files";
    else if (!option.words.empty())
      action += fmt::format("({})", fmt::join(option.words, " "));
    else
      action += ' ';
  }
  std::string result;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    const std::string takes = option.value.empty() ? "" : is_long ? "=" : "+";
    result +=
        fmt::format(" \\\n    {}", shell_quoted(fmt::format("({}){}{}[{}]{}", fmt::join(option.names, " "), name, takes,
                                                            escaped(option.description, "[]:\\"), action)));
  }
  return result;
}

void add_zsh_function(const CommandNode& command, const CommandNode& program, const std::string& function,
                      std::string& text) {
  std::string options, cases, list;
  for (const OptionNode& option : command.options) options += zsh_option(option);
  if (&command != &program)
    for (const OptionNode& option : program.options)
      if (is_for_commands(option)) options += zsh_option(option);
  if (command.commands.empty()) {
    for (const std::string& argument : command.arguments)
      options += fmt::format(" \\\n    {}", shell_quoted(fmt::format(":{}:_files", argument)));
    text += fmt::format("{}() {{\n  _arguments -s{}\n}}\n\n", function, options);
    return;
  }
  for (const CommandNode& each : command.commands) {
    const std::string inner = function + '_' + each.name;
    add_zsh_function(each, program, inner, text);
    list +=
        fmt::format("        {}\n", shell_quoted(escaped(each.name, ":\\") + ':' + escaped(each.description, "\\")));
    cases += fmt::format("        {}) {} ;;\n", each.name, inner);
  }
  text += fmt::format(R"({}() {{
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands
  _arguments -s -C{} \
    '1: :->command' '*:: :->rest'
  case $state in
    command)
      commands=(
{}      )
      _describe command commands
      ;;
    rest)
      case $words[1] in
{}      esac
      ;;
  esac
}}

)",
                      function, options, list, cases);
}

// Fish has \' and \\ in single quotes.
std::string fish_quoted(std::string_view text) { return '\'' + escaped(text, "'\\") + '\''; }

std::string fish_option(const OptionNode& option) {
  std::string result;
  for (const std::string& name : option.names)
    result += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.takes_file)
    result += " -r -F";
  else if (!option.value.empty())
    result += " -x";
  if (!option.words.empty()) result += fmt::format(" -a '{}'", fmt::join(option.words, " "));
  return result + " -d " + fish_quoted(option.description);
}

}  // namespace

std::string zsh_completion(const CommandNode& program) {
  std::string functions;
  add_zsh_function(program, program, '_' + program.name, functions);
  return fmt::format("#compdef {0}\n# Completion of {0} for zsh; written by the program itself.\n\n{1}_{0} \"$@\"\n",
                     program.name, functions);
}

std::string fish_completion(const CommandNode& program) {
  std::vector<std::string> paths;
  std::string lines;
  walk(program, "", [&](const std::string& path, const CommandNode& command) {
    if (!path.empty()) paths.push_back(command.name == path ? ' ' + path : path);
    const std::string at = fmt::format("complete -c {} -n {}", program.name,
                                       fish_quoted(fmt::format("__salestream_at {}", fish_quoted(path))));
    for (const CommandNode& each : command.commands)
      lines += fmt::format("{} -f -a {} -d {}\n", at, each.name, fish_quoted(each.description));
    for (const OptionNode& option : command.options) lines += at + fish_option(option) + '\n';
    if (&command == &program) return;
    for (const OptionNode& option : program.options)
      if (is_for_commands(option)) lines += at + fish_option(option) + '\n';
  });
  std::string cases;
  for (const std::string& path : paths) cases += ' ' + fish_quoted(path);
  return fmt::format(R"(# Completion of salestream for fish; written by the program itself.
# Whether the words so far name this command, and no further one.
function __salestream_at
  set -l path ''
  set -l words (commandline -opc)
  for word in $words[2..-1]
    switch "$path $word"
      case{}
        set path (string trim -- "$path $word")
    end
  end
  test "$path" = "$argv[1]"
end

{})",
                     cases, lines);
}

}  // namespace salestream::cli
