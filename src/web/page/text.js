// SPDX-License-Identifier: Apache-2.0
// Every word that the page says, in English and in Brazilian Portuguese, and the choice between them.

const TEXTS = {
  en: {
    skip_to_totals: 'Skip to the totals',
    connecting: 'Connecting', starting: 'Starting', up_to_date: 'Up to date', catching_up: 'Catching up',
    endless: 'Counting', transaction_open: 'A transaction is open', waiting_for_store: 'Waiting for the store',
    waiting_for_source: 'Waiting for the source', stopping: 'Stopping', ended: 'Run ended',
    since: (time) => `since ${time}`,
    lost: 'No connection; trying again',
    everything: (time) => `Complete: every order that was in the source at ${time} is included.`,
    through: (time) => `Complete through ${time}: every order up to then is included, later ones partly.`,
    unknown: 'How far the totals reach is not known yet.',
    unknown_times: 'The source’s messages have no times; see how far behind the totals are below.',
    no_end: (time) => `The totals are those of ${time}. This source has no end that they could be behind.`,
    source_silent: 'The source does not answer at the moment.',
    held_back: (count, n) => n === 1 ? '1 offset can’t be read yet: it waits behind a transaction that is open.'
      : `${count} offsets can’t be read yet: they wait behind a transaction that is open.`,
    problem: (why) => `The totals can’t be read at the moment: ${why}`,
    orders: 'Orders', items: (n) => `${n} line items`, revenue: 'Revenue', units: 'Units',
    of_table: (name) => `sum of ${name}`,
    orders_per_second: 'Orders per second', of_this_process: 'read by this process',
    behind: 'Still to be counted', behind_nothing: 'nothing is missing', behind_unknown: 'unknown',
    behind_as_of: (time) => `as of ${time}`,
    behind_time: (duration) => `${duration} at most`,
    messages: 'messages', bytes: 'bytes', rejects: 'Rejects', rejects_none: 'none so far',
    rejects_share: (percent) => `${percent} of all messages`,
    rejects_open: (open, resent) => `${open} open, ${resent} sent again`,
    rejects_open_unknown: 'how many are open is not known',
    rejects_stay: 'Those that were sent again stay in these counts.',
    wrong_totals: (n) => `${n} orders with a wrong total of their own`,
    duplicates: (n) => `${n} orders left out that were sent twice`,
    leftOut: (n) => `${n} messages left out`,
    rejects_by_reason: 'Rejects by reason', reason: 'Reason',
    rejects_are_kept: 'Messages that can’t be counted; each is kept whole in the store.',
    leaders: (n, column) => `Top ${n} by ${column}`, rate_title: 'Orders per second, last minutes',
    leaders_summary: (first, value) => `Bar chart. First: ${first}, ${value}.`,
    rate_summary: (now, most) => `Line chart. Now ${now}, at most ${most} orders per second.`,
    totals: 'Totals', table: 'Table', filter: 'Filter by name', download_csv: 'Download CSV',
    share: 'Share', sum: 'Sum',
    show_more: 'Show more', shown: (shown, all) => `${shown} of ${all} rows`,
    shown_of_matching: (shown, matching) => `${shown} of ${matching} rows that match`,
    searched: (searched, all) =>
      `Sorting and filtering cover the ${searched} greatest of ${all} rows; the download has all of them.`,
    caption: (name, column, order) => `${name}, sorted by ${column}, ${order}`,
    ascending: 'ascending', descending: 'descending',
    no_rows: 'No rows yet.', no_match: 'No row matches.',
    as_of: (time) => `Totals as of ${time}`,
    login_title: 'salestream', login_hint: 'This page needs the token that salestream was started with.',
    token: 'Token', log_in: 'Log in', wrong_token: 'That is not the token.',
    reasons: {
      null_message: 'no content at all', empty_message: 'an empty message', message_too_large: 'too large',
      invalid_utf8: 'not UTF-8', invalid_json: 'not JSON', too_deep: 'nested too deep',
      duplicate_field: 'a field twice', missing_field: 'a field is missing', wrong_type: 'a field of the wrong type',
      not_a_number: 'text where a number belongs', number_too_large: 'a number too large',
      empty_key: 'an empty name', key_too_long: 'a name too long', negative_quantity: 'a negative quantity',
      negative_price: 'a negative price', quantity_missing: 'a product without a quantity',
      wrong_total: 'a wrong total',
      invalid_time: 'a time that is none', keys_too_large: 'keys too large altogether',
      lone_surrogate: 'half a character in a name',
      invalid_change: 'not a change that can be counted',
    },
  },
  'pt-BR': {
    skip_to_totals: 'Ir para os totais',
    connecting: 'Conectando', starting: 'Iniciando', up_to_date: 'Em dia', catching_up: 'Atualizando',
    endless: 'Contando', transaction_open: 'Há uma transação aberta', waiting_for_store: 'Aguardando o armazenamento',
    waiting_for_source: 'Aguardando a origem', stopping: 'Parando', ended: 'Execução encerrada',
    since: (time) => `desde ${time}`,
    lost: 'Sem conexão; tentando de novo',
    everything: (time) => `Completo: todo pedido que estava na origem em ${time} está incluído.`,
    through: (time) => `Completo até ${time}: todo pedido até então está incluído; os posteriores, em parte.`,
    unknown: 'Ainda não se sabe até onde os totais vão.',
    unknown_times: 'As mensagens da origem não têm horário; veja abaixo quanto falta aos totais.',
    no_end: (time) => `Os totais são os de ${time}. Esta origem não tem fim em relação ao qual possam estar atrasados.`,
    source_silent: 'A origem não responde no momento.',
    held_back: (count, n) => n === 1 ? '1 offset ainda não pode ser lido: aguarda uma transação aberta.'
      : `${count} offsets ainda não podem ser lidos: aguardam uma transação aberta.`,
    problem: (why) => `Não é possível ler os totais no momento: ${why}`,
    orders: 'Pedidos', items: (n) => `${n} itens`, revenue: 'Receita', units: 'Unidades',
    of_table: (name) => `soma de ${name}`,
    orders_per_second: 'Pedidos por segundo', of_this_process: 'lidos por este processo',
    behind: 'Ainda não contados', behind_nothing: 'não falta nada', behind_unknown: 'desconhecido',
    behind_as_of: (time) => `em ${time}`,
    behind_time: (duration) => `no máximo ${duration}`,
    messages: 'mensagens', bytes: 'bytes', rejects: 'Rejeições', rejects_none: 'nenhuma até agora',
    rejects_share: (percent) => `${percent} de todas as mensagens`,
    rejects_open: (open, resent, n) => `${open} em aberto, ${resent} ${n === 1 ? 'reenviada' : 'reenviadas'}`,
    rejects_open_unknown: 'não se sabe quantas estão em aberto',
    rejects_stay: 'As reenviadas continuam nestas contagens.',
    wrong_totals: (n) => `${n} pedidos com total divergente`,
    duplicates: (n) => `${n} pedidos enviados em duplicidade, não contados`,
    leftOut: (n) => `${n} mensagens deixadas de fora, não contadas`,
    rejects_by_reason: 'Rejeições por motivo', reason: 'Motivo',
    rejects_are_kept: 'Mensagens que não podem ser contadas; cada uma fica guardada por inteiro.',
    leaders: (n, column) => `Os ${n} maiores por ${column}`, rate_title: 'Pedidos por segundo, últimos minutos',
    leaders_summary: (first, value) => `Gráfico de barras. Primeiro: ${first}, ${value}.`,
    rate_summary: (now, most) => `Gráfico de linha. Agora ${now}, no máximo ${most} pedidos por segundo.`,
    totals: 'Totais', table: 'Tabela', filter: 'Filtrar por nome', download_csv: 'Baixar CSV',
    share: 'Participação', sum: 'Soma',
    show_more: 'Mostrar mais', shown: (shown, all) => `${shown} de ${all} linhas`,
    shown_of_matching: (shown, matching) => `${shown} de ${matching} linhas encontradas`,
    searched: (searched, all) =>
      `Ordenação e filtro abrangem as ${searched} maiores de ${all} linhas; o arquivo CSV tem todas.`,
    caption: (name, column, order) => `${name}, por ${column}, ${order}`,
    ascending: 'crescente', descending: 'decrescente',
    no_rows: 'Nenhuma linha ainda.', no_match: 'Nenhuma linha encontrada.',
    as_of: (time) => `Totais de ${time}`,
    login_title: 'salestream', login_hint: 'Esta página precisa do token com que o salestream foi iniciado.',
    token: 'Token', log_in: 'Entrar', wrong_token: 'Esse não é o token.',
    reasons: {
      null_message: 'sem conteúdo algum', empty_message: 'mensagem vazia', message_too_large: 'grande demais',
      invalid_utf8: 'não é UTF-8', invalid_json: 'não é JSON', too_deep: 'aninhamento profundo demais',
      duplicate_field: 'campo repetido', missing_field: 'falta um campo', wrong_type: 'campo do tipo errado',
      not_a_number: 'texto no lugar de um número', number_too_large: 'número grande demais',
      empty_key: 'nome vazio', key_too_long: 'nome longo demais', negative_quantity: 'quantidade negativa',
      negative_price: 'preço negativo', quantity_missing: 'produto sem quantidade', wrong_total: 'total errado',
      invalid_time: 'horário inválido', keys_too_large: 'chaves grandes demais no conjunto',
      lone_surrogate: 'meio caractere em um nome',
      invalid_change: 'não é uma mudança que se possa contar',
    },
  },
};

// The first of the browser's languages that there are words for.
export function chooseLanguage(languages) {
  for (const each of languages) {
    if (/^pt\b/i.test(each)) return {words: TEXTS['pt-BR'], language: 'pt-BR', locale: 'pt-BR'};
    if (/^en\b/i.test(each)) return {words: TEXTS.en, language: 'en', locale: each};
  }
  return {words: TEXTS.en, language: 'en', locale: 'en-US'};
}

// Puts the words into the elements that name one.
export function translate(words, language) {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = words[element.dataset.text];
}
