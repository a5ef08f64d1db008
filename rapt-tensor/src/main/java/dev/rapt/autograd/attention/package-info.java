/** Arguments of attention: views of heads, masks, positions, and the choice of keys. */
@org.jspecify.annotations.NullMarked
package dev.rapt.autograd.attention;
