/** Which tokens of a vocabulary continue a parse: a trie of their bytes, walked and cached. */
package dev.rapt.generate.constrain.mask;
