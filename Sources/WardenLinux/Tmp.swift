import WardenModel
extension AccessList { init?(attributeX: [UInt8]) { return nil } }
