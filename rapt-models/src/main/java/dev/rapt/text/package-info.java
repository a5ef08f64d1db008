/**
 * Text in, text or answers out: a tokenizer in front of a model. {@link dev.rapt.text.TextModel}
 * continues a prompt, {@link dev.rapt.text.TextToText} makes one text from another, and the {@link
 * dev.rapt.text.TextReader}s classify, tag, embed, rank, fill masks and answer questions. Lists of
 * texts run in batches of similar lengths.
 */
package dev.rapt.text;
