/**
 * Compares what Rapt computes with recorded reference outputs: {@code rapt verify}, and the golden
 * tests of the build.
 */
package dev.rapt.verify;
