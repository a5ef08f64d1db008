/** N-gram language models over token streams: the baseline a trained model is held against. */
package dev.rapt.train.ngram;
