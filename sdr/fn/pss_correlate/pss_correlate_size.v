// pss_correlate_size.v - how large the three correlations of a window are.  C body:
// pss_correlate_size() of pss_correlate_block.h.  One each 8 clk, latency 6 clk.
//
//   products -> held -> 0 re, im -> 1 sizes -> 2 larger, smaller -> 3 near -> 4 size
//
// The products of N_ID2 1 are those of 2, too, with other signs.
`default_nettype none
module pss_correlate_size (
    input  wire         clk,
    input  wire         rst,
    // 21 bits each: see pss_correlate_mac; not more often than each 32 clk
    input  wire         products_valid,
    input  wire [167:0] products,
    // of N_ID2 0, 1, 2, one after the other
    output wire         size_valid,
    output wire [20:0]  size,
    output wire         idle
);
    reg                run_q;
    reg  [1:0]         id_q;
    reg  [2:0]         phase_q;
    reg  [167:0]       held_q;          // those of 'id_q' lowest
    reg  signed [20:0] re_q, im_q;
    reg  [20:0]        big_q;           // the larger
    reg  [19:0]        small_q;         // half of the smaller
    reg  [20:0]        near_q;
    reg  [20:0]        size_q;
    reg                size_valid_q;

    wire signed [20:0] ii = held_q[20:0];
    wire signed [20:0] qq = held_q[41:21];
    wire signed [20:0] qi = held_q[62:42];
    wire signed [20:0] iq = held_q[83:63];
    wire signed [20:0] re = id_q == 2'd2 ? ii - qq : ii + qq;
    wire signed [20:0] im = id_q == 2'd2 ? qi + iq : qi - iq;

    function [20:0] magnitude(input [20:0] x);
        magnitude = x[20] ? 21'd0 - x : x;
    endfunction

    always @(posedge clk) begin
        size_valid_q <= run_q && phase_q == 3'd4;
        if (run_q) begin
            phase_q <= phase_q + 3'd1;
            case (phase_q)
            3'd0: begin
                re_q <= re;
                im_q <= im;
            end
            3'd1: begin
                re_q <= magnitude(re_q);
                im_q <= magnitude(im_q);
            end
            3'd2: begin
                big_q   <= re_q > im_q ? re_q : im_q;
                small_q <= re_q > im_q ? im_q[20:1] : re_q[20:1];
            end
            3'd3: near_q <= big_q - {3'd0, big_q[20:3]} + {1'b0, small_q};
            3'd4: size_q <= near_q > big_q ? near_q : big_q;
            3'd7: begin
                id_q  <= id_q + 2'd1;
                run_q <= id_q != 2'd2;
                if (id_q == 2'd0)
                    held_q[83:0] <= held_q[167:84];
            end
            default: ;
            endcase
        end
        if (products_valid) begin
            run_q   <= 1'b1;
            id_q    <= 2'd0;
            phase_q <= 3'd0;
            held_q  <= products;
        end
        if (rst) begin
            run_q        <= 1'b0;
            size_valid_q <= 1'b0;
        end
    end

    assign size_valid = size_valid_q;
    assign size       = size_q;
    assign idle       = !run_q && !size_valid_q;
endmodule
`default_nettype wire
