// SPDX-License-Identifier: Apache-2.0
import {chooseLanguage, translate} from '/text.js';

const {words, language} = chooseLanguage(navigator.languages);
translate(words, language);
document.getElementById('wrong').hidden = !new URLSearchParams(location.search).has('wrong');
