// SPDX-License-Identifier: Apache-2.0
#include "sample/names.h"

#include <algorithm>
#include <array>
#include <span>

namespace salestream::sample {
namespace {

using Words = std::span<const std::string_view>;

// Squashed names, the best first.
constexpr auto kItems = std::to_array<std::string_view>(
    {"items", "lineitems", "orderitems", "products", "itens", "produtos", "orderlines", "lines", "line", "linhas",
     "lineas", "itenspedido", "cartitems", "saleitems", "orderdetails", "details", "detalhes", "entries", "skus",
     "articles", "articulos", "item", "product", "produto", "produtoscomprados", "cart", "basket", "carrinho", "order",
     "pedido", "payload", "data", "after"});
constexpr auto kProduct = std::to_array<std::string_view>(
    {"sku", "productsku", "itemsku", "variantsku", "sellersku", "productname", "product", "produtonome", "nomeproduto",
     "nomedoproduto", "produto", "itemname", "itemtitle", "producttitle", "name", "nome", "title", "titulo", "variantid",
     "productid", "produtoid", "idproduto", "itemid", "productcode", "codigoproduto", "codproduto",
     "article", "articulo", "artigo", "articulonombre", "articlename", "nombre", "ean", "gtin", "asin", "barcode",
     "stockcode", "item", "description", "descricao", "descricaoproduto", "code", "codigo", "material", "id"});
constexpr auto kQuantity = std::to_array<std::string_view>(
    {"quantity", "qty", "quantidade", "qtd", "qtde", "qtyordered", "quantityordered", "orderedquantity", "orderqty",
     "orderquantity", "quantitysold", "unitssold", "cantidad", "units", "unidades", "count", "pieces", "quant"});
constexpr auto kPrice = std::to_array<std::string_view>(
    {"sellingprice", "unitprice", "priceperunit", "price", "precounitario", "precounit", "valorunitario", "preco",
     "precounitarioproduto", "unitamount", "saleprice", "precovenda", "itemprice", "productprice", "unitpricecents",
     "pricecents", "precocentavos", "priceincents", "unitcost", "unitvalue", "preciounitario", "precio", "unit",
     "listprice", "valor", "value", "precoitem"});
constexpr auto kAmount = std::to_array<std::string_view>(
    {"amounttotal", "linetotal", "totalprice", "rowtotal", "lineamount", "itemtotal", "totalamount", "amount", "total",
     "totalvalue", "valortotal", "precototal", "subtotal", "amountsubtotal", "linesubtotal", "extendedprice",
     "netamount", "valoritem", "revenue", "sales", "saleamount", "amountcents", "totalcents",
     "valorvenda", "importe", "finallineprice", "linerevenue"});
constexpr auto kId = std::to_array<std::string_view>(
    {"orderid", "pedidoid", "idpedido", "numeropedido", "ordernumber", "ordernum", "orderno", "orderuuid", "idordem",
     "incrementid", "ordemid", "id", "codigopedido", "saleid", "vendaid", "idvenda", "invoiceid", "invoiceno",
     "invoicenumber", "transactionid", "transacaoid", "purchaseid", "checkoutid", "numero", "uuid", "orderref",
     "reference", "order", "pedido", "eventid", "messageid"});
constexpr auto kClient = std::to_array<std::string_view>(
    {"clientid", "customerid", "clientdocument", "cpfcliente", "idcliente", "clienteid", "buyerid", "userid", "client",
     "customer", "cliente", "buyer", "comprador", "compradorid", "customeremail", "clientemail", "buyeremail",
     "useremail", "clienteemail", "emailcliente", "clientedocumento", "clientecpf", "documentocliente", "customername",
     "clientname", "nomecliente", "clientenome", "clientprofiledatadocument", "cpf", "cpfcnpj", "customerdocument",
     "user", "usuario", "usuarioid", "idusuario", "email", "accountid", "memberid", "shopper", "shopperid",
     "customerdetailsemail", "compradordocumento", "buyerdocument", "clientedoc", "customercode"});
constexpr auto kTime = std::to_array<std::string_view>(
    {"createdat", "orderedat", "orderdate", "datecreated", "creationdate", "saledatetime", "datahora", "criadoem",
     "datapedido", "datavenda", "datacriacao", "datahorapedido", "datahoravenda", "orderdatetime", "ordertime",
     "saledate", "saletime", "soldat", "placedat", "purchasedat", "purchasedate", "created", "createdate",
     "createdtime", "createdts", "createdatms", "datetime", "timestamp", "eventtime", "occurredat", "processedat",
     "paidat", "invoicedate", "transactiondate", "transactiontime", "date", "data", "time", "hora", "ts", "tsms",
     "fecha", "fechapedido", "day", "dia"});
constexpr auto kTotal = std::to_array<std::string_view>(
    {"totalvalue", "ordertotal", "totalamount", "totalprice", "grandtotal", "valortotal", "totalpedido", "amounttotal",
     "total", "totalorder", "totalordervalue", "ordervalue", "orderamount", "valorpedido", "importetotal", "sum",
     "amount", "value", "valor"});
constexpr auto kCurrency = std::to_array<std::string_view>(
    {"currency", "currencycode", "moeda", "currencyid", "ordercurrencycode", "basecurrencycode", "codigomoeda",
     "presentmentcurrency", "currencyiso", "ordercurrency", "moneda", "pricecurrency", "storecurrency"});

// Words that make another thing of a name.
constexpr auto kNotProduct = std::to_array<std::string_view>(
    {"type", "tipo", "category", "categoria", "count", "url", "image", "tax", "status", "total", "price", "preco",
     "exists", "quantity", "qty", "user", "customer", "client", "cliente", "order", "pedido", "options", "vendor",
     "parent"});
constexpr auto kNotQuantity = std::to_array<std::string_view>(
    {"refunded", "canceled", "cancelled", "returned", "shipped", "invoiced", "stock", "estoque", "available",
     "fulfillable", "current", "max", "min", "backordered", "total", "price", "discount"});
constexpr auto kNotMoney = std::to_array<std::string_view>(
    {"discount", "discounts", "desconto", "tax", "taxes", "imposto", "impostos", "shipping", "frete", "freight",
     "original", "old", "compare", "refunded", "canceled", "cancelled", "fee", "fees", "weight", "peso", "currency",
     "id", "date", "at", "valid", "type", "commission", "comissao", "due", "outstanding", "incl", "cost", "quantity",
     "qty", "items", "definition", "tags", "code"});
constexpr auto kNotId = std::to_array<std::string_view>(
    {"user", "customer", "client", "cliente", "product", "produto", "item", "status", "type", "date", "shipping",
     "payment", "store", "location", "app", "device", "session", "parent", "key"});
constexpr auto kNotClient = std::to_array<std::string_view>(
    {"type", "tipo", "note", "group", "ip", "agent", "locale", "marketing", "count", "date", "at", "order"});
constexpr auto kNotTime = std::to_array<std::string_view>(
    {"updated", "atualizado", "cancelled", "canceled", "closed", "zone", "expires", "expiration", "due", "delivery",
     "delivered", "entrega", "shipped", "shipping", "birth", "nascimento", "deleted", "modified", "last", "estimated",
     "refunded", "validade"});
constexpr auto kNotTotal = std::to_array<std::string_view>(
    {"discount", "discounts", "desconto", "tax", "taxes", "imposto", "shipping", "frete", "weight", "peso", "items",
     "itens", "quantity", "qty", "line", "sub", "tip", "due", "paid", "refunded", "outstanding", "count", "set",
     "currency", "duties", "current", "original", "invoiced", "canceled"});
constexpr auto kNotCurrency = std::to_array<std::string_view>({"rate", "symbol", "name", "exchange", "format"});

// Objects whose name says no more than that of what stands in them.
constexpr auto kNeutral = std::to_array<std::string_view>(
    {"data", "details", "detail", "detalhes", "info", "order", "pedido", "sale", "venda", "payload", "header",
     "metadata", "meta", "event", "attributes", "dados", "body", "message", "object"});
constexpr auto kOfProduct = std::to_array<std::string_view>(
    {"product", "produto", "item", "variant", "variante", "article", "articulo", "artigo", "sku", "merchandise",
     "productvariant", "priceproduct"});
constexpr auto kOfMoney = std::to_array<std::string_view>(
    {"price", "preco", "pricing", "prices", "precos", "unitprice", "amount", "money", "shopmoney", "priceset",
     "totals", "totais", "total", "summary", "payment", "pagamento", "product", "produto", "item", "cost", "valores",
     "totalpriceset", "originalunitpriceset", "originaltotalset", "discountedunitpriceset", "currentpriceset",
     "currenttotalpriceset"});
constexpr auto kOfTime = std::to_array<std::string_view>({"dates", "datas", "timestamps", "times", "date"});

struct Vocabulary {
  Words names, forbidden, parents;
  bool takes_parts = true;  // a name with the right word behind or before others
};

Vocabulary vocabulary(Role role) {
  switch (role) {
    case Role::kItems: return {kItems, {}, kNeutral};
    case Role::kProduct: return {kProduct, kNotProduct, kOfProduct};
    case Role::kQuantity: return {kQuantity, kNotQuantity, kOfProduct};
    case Role::kPrice: return {kPrice, kNotMoney, kOfMoney};
    case Role::kAmount: return {kAmount, kNotMoney, kOfMoney};
    case Role::kId: return {kId, kNotId, {}, false};
    case Role::kClient: return {kClient, kNotClient, {}, false};
    case Role::kTime: return {kTime, kNotTime, kOfTime};
    case Role::kTotal: return {kTotal, kNotTotal, kOfMoney};
    case Role::kCurrency: return {kCurrency, kNotCurrency, kOfMoney};
  }
  return {};
}

// Of letters with accents that Portuguese and Spanish have, all of which begin with the byte C3.
char without_accent(unsigned char second) {
  const unsigned char lower = second >= 0xA0 ? second : static_cast<unsigned char>(second + 0x20);
  if (lower >= 0xA0 && lower <= 0xA5) return 'a';
  if (lower == 0xA7) return 'c';
  if (lower >= 0xA8 && lower <= 0xAB) return 'e';
  if (lower >= 0xAC && lower <= 0xAF) return 'i';
  if (lower == 0xB1) return 'n';
  if (lower >= 0xB2 && lower <= 0xB6) return 'o';
  if (lower >= 0xB9 && lower <= 0xBC) return 'u';
  return '\0';
}

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string joined(const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
  std::string out;
  for (std::size_t i = begin; i < end; ++i) out += words[i];
  return out;
}

std::optional<int> place_in(Words names, std::string_view squashed_name) {
  const auto found = std::ranges::find(names, squashed_name);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

bool has_any(const std::vector<std::string>& words, Words forbidden) {
  return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::count(forbidden, word) > 0; });
}

constexpr int kBehindOthers = 30, kBeforeOthers = 45, kInObject = 8;

// Of a name alone.
std::optional<int> distance_of(const std::vector<std::string>& words, const Vocabulary& vocabulary) {
  if (const auto place = place_in(vocabulary.names, joined(words, 0, words.size()))) return *place;
  if (has_any(words, vocabulary.forbidden) || !vocabulary.takes_parts) return std::nullopt;
  for (std::size_t begin = 1; begin < words.size(); ++begin)
    if (const auto place = place_in(vocabulary.names, joined(words, begin, words.size())))
      return kBehindOthers + *place;
  for (std::size_t end = words.size(); end-- > 1;)
    if (const auto place = place_in(vocabulary.names, joined(words, 0, end))) return kBeforeOthers + *place;
  return std::nullopt;
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  char before = '\0';
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (static_cast<unsigned char>(c) == 0xC3 && i + 1 < name.size()) {
      if (const char plain = without_accent(static_cast<unsigned char>(name[++i])); plain != '\0') word += plain;
    } else if (is_upper(c)) {
      if (is_lower(before)) end_word();
      word += static_cast<char>(c - 'A' + 'a');
    } else if (is_lower(c)) {
      word += c;
    } else {
      end_word();
    }
    before = c;
  }
  end_word();
  return words;
}

std::string squashed(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  return joined(words, 0, words.size());
}

std::optional<int> distance(Role role, const core::FieldPath& path, std::size_t shared_steps) {
  if (path.steps.empty()) return std::nullopt;
  const Vocabulary of_role = vocabulary(role);
  std::optional<int> best = distance_of(words_of(path.steps.back()), of_role);
  if (path.steps.size() <= shared_steps + 1) return best;
  // In an object of its own: what both names say together, or the name alone where the object's says nothing else.
  const int deeper = kInObject * static_cast<int>(path.steps.size() - shared_steps - 1);
  const std::string parent = squashed(path.steps[path.steps.size() - 2]);
  const std::string both = parent + squashed(path.steps.back());
  const bool is_of_parent = std::ranges::count(of_role.parents, parent) + std::ranges::count(kNeutral, parent) > 0;
  if (!is_of_parent) best.reset();
  if (const auto place = place_in(of_role.names, both)) best = std::min(best.value_or(*place), *place);
  if (!best) return std::nullopt;
  return *best + deeper;
}

bool says_minor_units(std::string_view name) {
  constexpr auto kWords = std::to_array<std::string_view>({"cents", "cent", "centavos", "minor", "pence"});
  constexpr auto kNames = std::to_array<std::string_view>(
      {"unitamount", "amounttotal", "amountsubtotal", "amount", "sellingprice", "unitamountdecimal"});
  const std::vector<std::string> words = words_of(name);
  if (has_any(words, kWords)) return true;
  return std::ranges::count(kNames, joined(words, 0, words.size())) > 0 || (words.size() > 1 && words.back() == "amount");
}

}  // namespace salestream::sample
