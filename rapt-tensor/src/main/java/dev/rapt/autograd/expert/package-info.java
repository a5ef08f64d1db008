/** Arguments of mixtures of experts: routing, weights of the chosen experts, and their matrices. */
@org.jspecify.annotations.NullMarked
package dev.rapt.autograd.expert;
