// SPDX-License-Identifier: Apache-2.0
#include "cql.h"

#include <cctype>

#include "base/check.h"

namespace salestream::simulation {
namespace {

struct CqlToken {
  enum class Kind { kWord, kQuoted, kText, kSign, kEnd } kind;
  std::string text;
};

std::vector<CqlToken> tokens_of(std::string_view text) {
  std::vector<CqlToken> tokens;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (c == '"' || c == '\'') {
      std::string inside;
      for (++at; at < text.size(); ++at) {
        if (text[at] != c) {
          inside += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == c) {
          inside += text[at++];
        } else {
          break;
        }
      }
      ++at;
      tokens.push_back({c == '"' ? CqlToken::Kind::kQuoted : CqlToken::Kind::kText, inside});
    } else if (is_word(c)) {
      const std::size_t begin = at;
      while (at < text.size() && is_word(text[at])) ++at;
      tokens.push_back({CqlToken::Kind::kWord, std::string(text.substr(begin, at - begin))});
    } else {
      tokens.push_back({CqlToken::Kind::kSign, std::string(1, c)});
      ++at;
    }
  }
  tokens.push_back({CqlToken::Kind::kEnd, ""});
  return tokens;
}

class CqlParser {
 public:
  explicit CqlParser(std::string_view text) : tokens_(tokens_of(text)) {}

  CqlStatement parse() {
    using Kind = CqlStatement::Kind;
    if (takes("CREATE")) return create();
    if (takes("INSERT")) {
      out_.kind = Kind::kInsert;
      insert();
    } else if (takes("SELECT")) {
      out_.kind = Kind::kSelect;
      select();
    } else if (takes("DELETE")) {
      out_.kind = Kind::kDelete;
      demand("FROM");
      table();
    } else {
      demand("UPDATE");
      out_.kind = Kind::kUpdate;
      table();
    }
    clauses();
    SALESTREAM_CHECK(now().kind == CqlToken::Kind::kEnd);
    return std::move(out_);
  }

 private:
  const CqlToken& now() const { return tokens_[at_]; }
  bool is(std::string_view word) const {
    return now().text == word && (now().kind == CqlToken::Kind::kWord || now().kind == CqlToken::Kind::kSign);
  }
  bool takes(std::string_view word) {
    if (!is(word)) return false;
    ++at_;
    return true;
  }
  void demand(std::string_view word) { SALESTREAM_CHECK(takes(word)); }
  std::string name() {
    SALESTREAM_CHECK(now().kind == CqlToken::Kind::kWord || now().kind == CqlToken::Kind::kQuoted);
    return tokens_[at_++].text;
  }
  std::size_t bound() {
    demand("?");
    return out_.bound++;
  }
  void table() {
    out_.keyspace = name();
    demand(".");
    out_.table = name();
  }

  CqlStatement::Term value(std::string of) {
    CqlStatement::Term term{std::move(of), {}, {}};
    if (is("?")) {
      term.bound = bound();
    } else if (takes("{")) {
      demand("}");
      term.literal = "{}";
    } else {
      term.literal = name();
    }
    return term;
  }

  CqlStatement::Term equality() {
    std::string of = name();
    if (takes("IN")) {
      CqlStatement::Term term = value(std::move(of));
      term.is_list = true;
      return term;
    }
    demand("=");
    return value(std::move(of));
  }

  void insert() {
    demand("INTO");
    table();
    std::vector<std::string> names;
    demand("(");
    do names.push_back(name());
    while (takes(","));
    demand(")");
    demand("VALUES");
    demand("(");
    for (std::string& each : names) {
      if (&each != &names.front()) demand(",");
      out_.set.push_back(value(std::move(each)));
    }
    demand(")");
  }

  void select() {
    out_.is_distinct = takes("DISTINCT");
    do {
      if (takes("WRITETIME")) {
        demand("(");
        out_.selected.push_back({name(), true});
        demand(")");
      } else {
        out_.selected.push_back({name()});
      }
    } while (takes(","));
    demand("FROM");
    table();
  }

  void clauses() {
    for (;;) {
      if (takes("USING")) {
        demand("TIMESTAMP");
        out_.timestamp = bound();
      } else if (takes("SET")) {
        do out_.set.push_back(equality());
        while (takes(","));
      } else if (takes("WHERE")) {
        do out_.where.push_back(equality());
        while (takes("AND"));
      } else if (takes("IF")) {
        if (takes("NOT")) {
          demand("EXISTS");
          out_.is_if_not_exists = true;
          continue;
        }
        do out_.conditions.push_back(equality());
        while (takes("AND"));
      } else {
        return;
      }
    }
  }

  CqlStatement create() {
    if (takes("KEYSPACE")) {
      out_.kind = CqlStatement::Kind::kCreateKeyspace;
      return std::move(out_);
    }
    out_.kind = CqlStatement::Kind::kCreateTable;
    demand("TABLE");
    if (takes("IF")) demand("NOT"), demand("EXISTS");
    table();
    out_.created.name = out_.table;
    demand("(");
    while (!takes("PRIMARY")) {
      CqlTable::Column column{name(), {}};
      for (int depth = 0; depth > 0 || !is(",");) {
        depth += is("<") ? 1 : is(">") ? -1 : 0;
        column.type += is(",") ? ", " : now().text;
        ++at_;
      }
      demand(",");
      out_.created.columns.push_back(std::move(column));
    }
    demand("KEY");
    demand("(");
    if (takes("(")) {
      do out_.created.partition_key.push_back(name());
      while (takes(","));
      demand(")");
    } else {
      out_.created.partition_key.push_back(name());
    }
    while (takes(",")) out_.created.clustering.push_back(name());
    demand(")");
    return std::move(out_);
  }

  const std::vector<CqlToken> tokens_;
  std::size_t at_ = 0;
  CqlStatement out_;
};

}  // namespace

CqlStatement parse_cql(std::string_view text) { return CqlParser(text).parse(); }

}  // namespace salestream::simulation
