// digest_words.v - digest of words: those that are there absorb one after the
// other, the first lowest.  C body: digest_word() of core/digest.h.
//
// A multiple-input signature register (P. H. Bardell et al., 1987) over 32-bit
// words, advanced by eight steps a word, of x^32 + x^22 + x^2 + x + 1.
`default_nettype none
module digest_words #(
    parameter N = 1                     // most words a clock
) (
    input  wire            clk,
    input  wire            rst,
    input  wire [N-1:0]    valid,
    input  wire [N*32-1:0] words,
    output reg  [31:0]     digest_q
);
    // Eight steps at once: none of the bits fed back is fed back again.
    function [31:0] steps(input [31:0] s);
        steps = {s[23:0], 8'd0} ^ {24'd0, s[31:24]} ^ {23'd0, s[31:24], 1'b0}
              ^ {22'd0, s[31:24], 2'b0} ^ {2'd0, s[31:24], 22'd0};
    endfunction

    // A function, not wires: simulated in clocks with words only.
    function [31:0] absorb(input [31:0] s, input [N-1:0] valid_in, input [N*32-1:0] words_in);
        integer k;
        begin
            absorb = s;
            for (k = 0; k < N; k = k + 1)
                if (valid_in[k])
                    absorb = steps(absorb) ^ words_in[k*32 +: 32];
        end
    endfunction

    always @(posedge clk) begin
        if (valid != {N{1'b0}})
            digest_q <= absorb(digest_q, valid, words);
        if (rst)
            digest_q <= 32'd0;
    end
endmodule
`default_nettype wire
