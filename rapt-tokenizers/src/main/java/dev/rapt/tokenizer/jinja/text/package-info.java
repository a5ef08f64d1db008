/** Text as Python handles it: strings, numbers, dates, HTML escapes; knows no template. */
package dev.rapt.tokenizer.jinja.text;
