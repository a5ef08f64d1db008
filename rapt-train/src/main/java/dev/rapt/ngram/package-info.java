/** N-gram language models over token streams: the baseline for trained models. */
package dev.rapt.ngram;
