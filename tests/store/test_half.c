/* float16: what IEEE 754 says, and the way back through all 65,536 patterns. */
#include "base/check.h"

#include "store/half.h"

#include <math.h>

/* The value of a pattern by the definition of binary16. */
static double value(unsigned half)
{
    int exponent = (int)(half >> 10 & 31), fraction = (int)(half & 1023);
    double size = exponent == 0    ? ldexp(fraction, -24)
                  : exponent == 31 ? (fraction ? NAN : INFINITY)
                                   : ldexp(1024 + fraction, exponent - 25);
    return half & 0x8000 ? -size : size;
}

static unsigned half(double x)
{
    float f = (float)x;
    uint16_t h;
    facet_half_from_float(&f, 1, &h);
    return h;
}

static void patterns_come_back(void **state)
{
    (void)state;
    static uint16_t all[0x10000];
    static float wide[0x10000];
    for (unsigned h = 0; h < 0x10000; h++) all[h] = (uint16_t)h;
    facet_half_to_float(all, 0x10000, wide);
    for (unsigned h = 0; h < 0x10000; h++)
        if (isnan(value(h)))
            assert_true(isnan(wide[h]));
        else
            assert_true(wide[h] == value(h) && !signbit(wide[h]) == !(h & 0x8000));
    for (unsigned h = 0; h < 0x10000; h++)
        if (isnan(value(h)))
            assert_true(isnan(value(half(value(h)))));
        else
            assert_int_equal(half(value(h)), h);
}

/* Between two neighbours, the nearer one; in the middle, the even one. */
static void rounding_is_to_nearest_even(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x7c00; h++) {
        double low = value(h), high = h + 1 == 0x7c00 ? 65536 : value(h + 1);
        double middle = (low + high) / 2, little = (high - low) / 512;
        assert_int_equal(half(middle), h % 2 == 0 ? h : h + 1);
        assert_int_equal(half(middle - little), h);
        assert_int_equal(half(middle + little), h + 1);
        assert_int_equal(half(-(middle + little)), (h + 1) | 0x8000);
    }
    assert_int_equal(half(1e30), 0x7c00);
    assert_int_equal(half(-1e30), 0xfc00);
    assert_int_equal(half(1e-30), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_come_back),
        cmocka_unit_test(rounding_is_to_nearest_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
