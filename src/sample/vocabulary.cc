// SPDX-License-Identifier: Apache-2.0
#include "sample/vocabulary.h"

#include <algorithm>

namespace salestream::sample {
namespace {

// Squashed names, the best first.
constexpr std::string_view kItems =
    "items lineitems orderitems products itens produtos orderlines lines line linhas lineas itenspedido cartitems "
    "saleitems orderdetails details detalhes entries skus articles articulos item product produto "
    "produtoscomprados cart basket carrinho order pedido payload data after";
constexpr std::string_view kProduct =
    "sku productsku itemsku variantsku sellersku productname product produtonome nomeproduto nomedoproduto "
    "produto itemname itemtitle producttitle name nome title titulo variantid productid produtoid idproduto "
    "itemid productcode codigoproduto codproduto article articulo artigo articulonombre articlename nombre ean "
    "gtin asin barcode stockcode item description descricao descricaoproduto code codigo material id";
constexpr std::string_view kQuantity =
    "quantity qty quantidade qtd qtde qtyordered quantityordered orderedquantity orderqty orderquantity "
    "quantitysold unitssold cantidad units unidades count pieces quant";
constexpr std::string_view kPrice =
    "sellingprice unitprice priceperunit price precounitario precounit valorunitario preco precounitarioproduto "
    "unitamount saleprice precovenda itemprice productprice unitpricecents pricecents precocentavos priceincents "
    "unitcost unitvalue preciounitario precio unit listprice valor value precoitem";
constexpr std::string_view kAmount =
    "amounttotal linetotal totalprice rowtotal lineamount itemtotal totalamount amount total totalvalue "
    "valortotal precototal subtotal amountsubtotal linesubtotal extendedprice netamount valoritem revenue sales "
    "saleamount amountcents totalcents valorvenda importe finallineprice linerevenue";
constexpr std::string_view kId =
    "orderid pedidoid idpedido numeropedido ordernumber ordernum orderno orderuuid idordem incrementid ordemid id "
    "codigopedido saleid vendaid idvenda invoiceid invoiceno invoicenumber transactionid transacaoid purchaseid "
    "checkoutid numero uuid orderref reference order pedido eventid messageid";
constexpr std::string_view kClient =
    "clientid customerid clientdocument cpfcliente idcliente clienteid buyerid userid client customer cliente "
    "buyer comprador compradorid customeremail clientemail buyeremail useremail clienteemail emailcliente "
    "clientedocumento clientecpf documentocliente customername clientname nomecliente clientenome "
    "clientprofiledatadocument cpf cpfcnpj customerdocument user usuario usuarioid idusuario email accountid "
    "memberid shopper shopperid customerdetailsemail compradordocumento buyerdocument clientedoc customercode";
constexpr std::string_view kTime =
    "createdat orderedat orderdate datecreated creationdate saledatetime datahora criadoem datapedido datavenda "
    "datacriacao datahorapedido datahoravenda orderdatetime ordertime saledate saletime soldat placedat "
    "purchasedat purchasedate created createdate createdtime createdts createdatms datetime timestamp eventtime "
    "occurredat processedat paidat invoicedate transactiondate transactiontime date data time hora ts tsms fecha "
    "fechapedido day dia";
constexpr std::string_view kTotal =
    "totalvalue ordertotal totalamount totalprice grandtotal valortotal totalpedido amounttotal total totalorder "
    "totalordervalue ordervalue orderamount valorpedido importetotal sum amount value valor";
constexpr std::string_view kCurrency =
    "currency currencycode moeda currencyid ordercurrencycode basecurrencycode codigomoeda presentmentcurrency "
    "currencyiso ordercurrency moneda pricecurrency storecurrency";

// Words that make another thing of a name.
constexpr std::string_view kNotProduct =
    "type tipo category categoria count url image tax status total price preco exists quantity qty user customer "
    "client cliente order pedido options vendor parent";
constexpr std::string_view kNotQuantity =
    "refunded canceled cancelled returned shipped invoiced stock estoque available fulfillable current max min "
    "backordered total price discount";
constexpr std::string_view kNotMoney =
    "discount discounts desconto tax taxes imposto impostos shipping frete freight original old compare refunded "
    "canceled cancelled fee fees weight peso currency id date at valid type commission comissao due outstanding "
    "incl cost quantity qty items definition tags code";
constexpr std::string_view kNotId =
    "user customer client cliente product produto item status type date shipping payment store location app "
    "device session parent key";
constexpr std::string_view kNotClient = "type tipo note group ip agent locale marketing count date at order";
constexpr std::string_view kNotTime =
    "updated atualizado cancelled canceled closed zone expires expiration due delivery delivered entrega shipped "
    "shipping birth nascimento deleted modified last estimated refunded validade";
constexpr std::string_view kNotTotal =
    "discount discounts desconto tax taxes imposto shipping frete weight peso items itens quantity qty line sub "
    "tip due paid refunded outstanding count set currency duties current original invoiced canceled";
constexpr std::string_view kNotCurrency = "rate symbol name exchange format";

// Objects whose name says no more than that of what stands in them.
constexpr std::string_view kNeutral =
    "data details detail detalhes info order pedido sale venda payload header metadata meta event attributes "
    "dados body message object node";
constexpr std::string_view kOfProduct =
    "product produto item variant variante article articulo artigo sku merchandise productvariant priceproduct";
constexpr std::string_view kOfMoney =
    "price preco pricing prices precos unitprice amount money shopmoney priceset totals totais total summary "
    "payment pagamento product produto item cost valores totalpriceset originalunitpriceset originaltotalset "
    "discountedunitpriceset currentpriceset currenttotalpriceset";
constexpr std::string_view kOfTime = "dates datas timestamps times date";

}  // namespace

Vocabulary vocabulary(Role role) {
  switch (role) {
    case Role::kItems: return {kItems, {}, {}};
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

std::string_view neutral_names() { return kNeutral; }

std::optional<int> place_in(std::string_view words, std::string_view word) {
  for (int place = 0; !words.empty(); ++place) {
    const std::string_view each = words.substr(0, words.find(' '));
    if (each == word) return place;
    words.remove_prefix(std::min(each.size() + 1, words.size()));
  }
  return std::nullopt;
}

}  // namespace salestream::sample
